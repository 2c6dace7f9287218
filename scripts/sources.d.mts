export function templateFunction(text: string): string;
