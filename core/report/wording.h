#pragma once

#include "compare/change.h"
#include "policy/policy.h"

#include <QDateTime>
#include <QString>

/// The words and number forms of reports, in English, the same everywhere and in every locale.
namespace Orgtrace::Report {

/// Makes visible what would hide or reorder text: controls (NUL too), bidirectional marks, zero-width and tag characters, other spaces than
/// U+0020, noncharacters and lone surrogates become ⟨U+202E⟩. A literal ⟨ becomes ⟨U+27E8⟩, so nobody can plant such a mark.
/// Escaping for HTML is the template engine's, afterwards. Line feeds stay only with keepLines.
[[nodiscard]] QString visible(const QString &text, bool keepLines = false);

[[nodiscard]] QString utcText(const QDateTime &time); ///< "2026-10-18 02:14:07 UTC"; "not recorded" where invalid
[[nodiscard]] QString utcShort(const QDateTime &time); ///< the same without the zone, for columns that name it
[[nodiscard]] QString numberText(qint64 number); ///< "1,214"
[[nodiscard]] QString counted(qint64 number, const QString &one, const QString &many); ///< "1 field", "1,214 fields"
[[nodiscard]] QString durationText(const QDateTime &from, const QDateTime &to); ///< "2 d 4 h", "26 min"

[[nodiscard]] QString severityKey(Policy::Severity severity); ///< "critical": class name and mark id
[[nodiscard]] QString severityWord(Policy::Severity severity); ///< "Critical"
[[nodiscard]] QString changeWord(const Compare::EntityChange &change); ///< "changed", "added", "removed", "deleted and recreated"
[[nodiscard]] QString ledgerWord(Evidence::LedgerState state); ///< "complete", "carried forward", "forbidden", "not offered"
[[nodiscard]] bool isHexId(const QString &text); ///< 4 to 64 lower-case hex digits: safe inside a command line

/// The part of a value that is shown, and what is said about the rest.
struct Excerpt {
    QString text; ///< still to be made visible()
    QString note; ///< empty where all is shown; else "cut: 5,242,882 characters in all"
};
/// @param from characters to skip at the front where they are the same on both sides.
[[nodiscard]] Excerpt excerpt(const QString &text, qsizetype from = 0);

} // namespace Orgtrace::Report
