/* busybox crond: its ParseField and FixDayDow, cut out of crond.c into parse.inc, and
 * this. It goes on with a line that it finds wrong, and runs it on the days it has
 * understood so far; the answer is 'refused' all the same. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ALIGN1
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#define LOGMODE_SYSLOG 1
static int logmode = LOGMODE_SYSLOG, wrong;
static struct {
    int log_level;
} G = {8};
#define bb_error_msg(...) (wrong = 1)
#define bb_putchar_stderr(c) fputc(c, stderr)

typedef struct {
    char cl_Dow[7], cl_Mons[12], cl_Hrs[24], cl_Days[32], cl_Mins[60];
} CronLine;

#include "parse.inc"

static void answer_bytes(const char *bytes, int count) {
    for (int i = 0; i < count; i++)
        putchar(bytes[i] ? '1' : '0');
    putchar(' ');
}

/* The condition is the one of flag_starting_jobs. */
static void answer(const CronLine *line) {
    answer_bytes(line->cl_Mins, 60);
    answer_bytes(line->cl_Hrs, 24);
    answer_bytes(line->cl_Mons, 12);
    for (int dom = 1; dom <= 31; dom++)
        for (int dow = 0; dow < 7; dow++)
            putchar(line->cl_Days[dom] || line->cl_Dow[dow] ? '1' : '0');
    putchar('\n');
}

static char *words[][6] = {
    {"@yearly", "0", "0", "1", "1", "*"},  {"@annually", "0", "0", "1", "1", "*"},
    {"@monthly", "0", "0", "1", "*", "*"}, {"@weekly", "0", "0", "*", "*", "0"},
    {"@daily", "0", "0", "*", "*", "*"},   {"@midnight", "0", "0", "*", "*", "*"},
    {"@hourly", "0", "*", "*", "*", "*"},
};

int main(void) {
    char text[4096];
    while (fgets(text, sizeof text, stdin) != NULL) {
        CronLine line;
        char *fields[5] = {NULL}, *rest = text;
        int count = 0;
        memset(&line, 0, sizeof line);
        wrong = 0;
        text[strcspn(text, "\n")] = '\0';
        for (char *word; count < 5 && (word = strtok(rest, " \t")) != NULL; rest = NULL)
            fields[count++] = word;
        if (count == 1)
            for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(fields[0], words[i][0]) == 0) {
                    memcpy(fields, words[i] + 1, sizeof fields);
                    count = 5;
                    break;
                }
        if (count == 5) {
            char user[] = "root";
            ParseField(user, line.cl_Mins, 60, 0, NULL, fields[0]);
            ParseField(user, line.cl_Hrs, 24, 0, NULL, fields[1]);
            ParseField(user, line.cl_Days, 32, 0, NULL, fields[2]);
            ParseField(user, line.cl_Mons, 12, -1, MonAry, fields[3]);
            ParseField(user, line.cl_Dow, 7, 0, DowAry, fields[4]);
            FixDayDow(&line);
        }
        if (count < 5 || wrong)
            puts("refused");
        else
            answer(&line);
    }
    return 0;
}
