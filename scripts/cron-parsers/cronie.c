/* cronie, the cron of RHEL and Fedora: entry.c, misc.c, env.c and pw_dup.c, and this. */
#define MAIN_PROGRAM
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "bitstring.h"
#include "funcs.h"
#include "globals.h"
#include "macros.h"
#include "structs.h"
#include "vixie.h"

int main(void) {
    ProgramName = "parse-cronie";
    answer_all();
    return 0;
}
