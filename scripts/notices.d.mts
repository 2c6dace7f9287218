export function renderNotices(): Promise<string>;
