/* Debian's cron: entry.c, misc.c and env.c as they are, and this. */
#define MAIN_PROGRAM
#include "cron.h"
#include "vixie.h"

int main(void) {
    ProgramName = "parse-debian";
    answer_all();
    return 0;
}
