#pragma once

#include "operations/findings.h"

#include <QByteArray>
#include <QList>

#include <functional>

namespace Orgtrace::Ui {

/// One row of RFC 4180 with its line break; what a spreadsheet would compute begins with an apostrophe. Pure.
[[nodiscard]] QByteArray csvRow(const QStringList &cells);

enum class ChangeFormat { Text, Json, Markdown, Csv, Ids, Names };

/// Chosen changes of a range, written out; every value in full, names as of the range. `chosen` are indexes into range.findings; others are left out.
///   Text      a line a change, a line a field beneath it
///   Json      {"from","to","changes":[…]} in the form of `diff --json` (docs/formats/cli.md), plus "link"
///   Markdown  a table, a row a change; what could be markup is escaped
///   Csv       RFC 4180 with a header, a row a field, UTF-8 with BOM for spreadsheets; a cell that a spreadsheet would take for a formula begins with an apostrophe
///   Ids, Names  one a line
/// Pure, from any thread. Secrets are fingerprints already in the evidence.
/// Source: issue 4, item 2; docs/formats/change-query.md.
[[nodiscard]] QByteArray changesAs(ChangeFormat format, const Operations::RangeFindings &range, const QList<int> &chosen,
                                   const std::function<QString(const Report::Finding &)> &link = {});

} // namespace Orgtrace::Ui
