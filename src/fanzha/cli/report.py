"""The report command: the figures of one month, on the screen, as JSON, or as files to publish."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from fanzha.cli.screen import DONE, Arguments, print_json
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, explain, say
from fanzha.money.measures import Measures


def report(arguments: Arguments, lang: Lang) -> int:
    """The month's figures; with `--out` also the page, its PDF and the data behind each picture."""
    from fanzha.model.instant import zone
    from fanzha.present.measures import cohort_json, report_lines
    from fanzha.services.monthly_report import ReportRequest, report_month

    tz = zone(arguments.tz)
    found = report_month(
        ReportRequest(
            month=arguments.month,
            casebook=Path(arguments.casebook),
            now=datetime.now(UTC),
            tz=tz,
        )
    )
    cohort = found.cohort(arguments.month)
    assert cohort is not None  # the service refuses a month without cases
    files = _write(arguments, found, tz, lang) if arguments.out else []
    if arguments.json:
        print_json({**cohort_json(cohort), "files": files})
    else:
        print("\n".join([*report_lines(cohort, lang), *files]))
    return DONE


def _write(arguments: Arguments, found: Measures, tz: tzinfo, lang: Lang) -> list[str]:
    """What was written; where no browser prints the PDF, the rest is written and that is said."""
    from fanzha.present.monthly_report import DATA, data_csv, monthly_report_html
    from fanzha.services.print_pdf import print_pdf

    out, month = Path(arguments.out), arguments.month
    page = monthly_report_html(found, month, tz, lang)
    files = {f"report-{month}.html": page.encode()}
    files |= {f"report-{month}-{kind}.csv": data_csv(found, month, kind) for kind in DATA}
    try:
        files[f"report-{month}.pdf"] = print_pdf(page)
    except UsageError as without:
        print(explain(without, lang), file=sys.stderr)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as refused:
        raise UsageError("folder_unwritable", path=str(out), why=str(refused)) from refused
    print(say("measures.written", lang, n=len(files), folder=out), file=sys.stderr)
    return sorted(str(out / name) for name in files)
