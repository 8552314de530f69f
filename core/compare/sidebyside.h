#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

#include <utility>

namespace Orgtrace::Compare {

enum class RowKind { Same, Changed, Added, Removed };

/// A piece of a line, in UTF-16 units, for marking the changed words.
struct Mark {
    int start = 0, length = 0;
    friend bool operator==(const Mark &, const Mark &) = default;
};

/// One aligned row. A missing side has line 0 and is painted as a filler; fillers never reach the clipboard.
struct Row {
    RowKind kind = RowKind::Same;
    int leftLine = 0, rightLine = 0; ///< 1-based
    QString left, right;
    QList<Mark> leftMarks, rightMarks;
};

struct SideBySide {
    QList<Row> rows;
    QList<int> changeStarts; ///< first row of each run of changed rows, for next/previous
    bool tooLarge = false; ///< above the bounds: rows hold both texts unaligned
};

/// Aligns two canonical texts line by line, exact where it can be afforded, near-linear for large ones, with intraline marks on changed pairs.
/// Lines are longer than 2,000 characters only in strings: they are cut for display with an ellipsis. Either text may be empty.
[[nodiscard]] SideBySide sideBySide(const QByteArray &oldText, const QByteArray &newText);

/// For each row of one side: the RFC 6901 pointer of the setting on that canonical line (for copy path). Lines are 1-based.
[[nodiscard]] QString pointerOfLine(const QByteArray &canonicalText, int line);
/// The same for several lines, sorted, in one walk.
[[nodiscard]] QStringList pointersOfLines(const QByteArray &canonicalText, const std::vector<int> &lines);
/// And back: the 1-based line where that pointer's value starts; 0 where there is none.
[[nodiscard]] int lineOfPointer(const QByteArray &canonicalText, const QString &pointer);

} // namespace Orgtrace::Compare
