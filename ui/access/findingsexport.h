#pragma once

#include "access/findingsrows.h"

#include <QByteArray>

namespace Orgtrace::Ui {

enum class FindingsFormat { Json, Csv, Markdown };

/// Findings written out, every value in full.
///   Json      the document of `access check --json` (docs/formats/cli.md)
///   Csv       RFC 4180 with a header, a row for each permission or way that proves something, UTF-8 with BOM for spreadsheets, formulas made harmless
///   Markdown  a table for each rule; what could be markup is escaped
/// Pure, from any thread.
[[nodiscard]] QByteArray findingsAs(FindingsFormat format, const Policy::AccessCheck &check, const Evidence::SnapshotSummary &summary);
/// The cross-check: Json is the document of `access check --against-platform --json`.
[[nodiscard]] QByteArray crossCheckAs(FindingsFormat format, const CrossChecked &crossCheck);

} // namespace Orgtrace::Ui
