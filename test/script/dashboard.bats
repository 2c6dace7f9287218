# docs/dashboard.json: each of its queries, asked by promtool of what a real run has written.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    command -v promtool >/dev/null || skip 'PROMTOOL MISSING'
    setup_place
    make_database "$DB"
}

@test "every query of the dashboard has an answer of the metrics that a run and a drill write" {
    mkdir "$PLACE/metrics"
    make_script "type = 'database'
metrics = '$PLACE/metrics'
drill_schedule = '0 5 * * 0'"
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    node -e '
        const fs = require("fs");
        const [dashboard, metrics] = process.argv.slice(1).map((file) => fs.readFileSync(file, "utf8"));
        const series = metrics.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
            const at = line.lastIndexOf(" ");
            return `      - series: \u0027${line.slice(0, at)}\u0027\n        values: \u0027${line.slice(at + 1)}\u0027\n`;
        });
        const queries = JSON.parse(dashboard).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
        if (queries.length < 15 || series.length < 10) throw new Error("too few");
        const tests = queries.map((query) => `      - expr: \u0027count(${query.replaceAll("$environment", ".*")})\u0027\n        eval_time: 0\n        exp_samples:\n          - labels: \u0027{}\u0027\n            value: 1\n`);
        console.log(`rule_files: []\ntests:\n  - interval: 1m\n    input_series:\n${series.join("")}    promql_expr_test:\n${tests.join("")}`);
    ' "$ROOT/docs/dashboard.json" "$PLACE/metrics/gen-backup-test-default.prom" >"$PLACE/tests.yml"
    promtool test rules "$PLACE/tests.yml" >"$PLACE/said" 2>&1 || { cat "$PLACE/said" "$PLACE/tests.yml" && return 1; }
    # and the test can fail
    sed -i 's/gen_backup_last_success_bytes{environment=~/gen_backup_last_success_byte{environment=~/' "$PLACE/tests.yml"
    ! promtool test rules "$PLACE/tests.yml" >/dev/null 2>&1 || return 1
}
