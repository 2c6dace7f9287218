/* Shared by the parsers of Debian's cron and of cronie: each line of standard input is
 * a schedule; the answer is 'refused', or the minutes, hours and months at which it
 * fires, and then 31 x 7 days: those of the month, each as every day of the week. */

static void answer_bits(bitstr_t *bits, int count) {
    for (int i = 0; i < count; i++)
        putchar(bit_test(bits, i) ? '1' : '0');
    putchar(' ');
}

/* The condition is the one of find_jobs in cron.c. */
static void answer(entry *e) {
    int either = !((e->flags & DOM_STAR) || (e->flags & DOW_STAR));
    answer_bits(e->minute, 60);
    answer_bits(e->hour, 24);
    answer_bits(e->month, 12);
    for (int dom = 0; dom < 31; dom++)
        for (int dow = 0; dow < 7; dow++) {
            int a = !!bit_test(e->dom, dom), b = !!bit_test(e->dow, dow);
            putchar((either ? a || b : a && b) ? '1' : '0');
        }
    putchar('\n');
}

static void answer_all(void) {
    static char *nothing[] = {NULL};
    static struct passwd root = {.pw_name = "root", .pw_passwd = "", .pw_gecos = "",
                                 .pw_dir = "/", .pw_shell = "/bin/sh"};
    char line[4096], text[4200];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        int length = snprintf(text, sizeof text, "%s command\n", line);
        FILE *crontab = fmemopen(text, length, "r");
        entry *e = load_entry(crontab, NULL, &root, nothing);
        if (e != NULL)
            answer(e);
        else
            puts("refused");
        fclose(crontab);
    }
}
