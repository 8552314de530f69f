#pragma once

#include "report/report.h"

/// Reads tests/data/golden/report/<case>/input.json: Report::Input spelt as JSON, one member a field; missing ones keep their default.
[[nodiscard]] Orgtrace::Result<Orgtrace::Report::Input> readReportCase(const QString &file);
