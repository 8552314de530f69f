#pragma once

#include "compare/alignedrows.h"
#include "diff/foldedrows.h"
#include "diff/textpattern.h"
#include "session/side.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace Orgtrace::Ui {

/// A canonical text cut at its line ends; lines are 1-based and decoded on demand.
using TextLines = Compare::CanonicalLines;

/// A line as a row shows it: lines above LongestShown are cut behind their beginning; where their other side differs beyond it, a second piece shows the
/// place. Columns are UTF-16 units.
struct LineCut {
    QString text;
    bool isCut = false;
    int head = 0; ///< units from the beginning of the line
    int window = 0, windowLength = 0; ///< in `text`; 0: none
    qsizetype windowAt = 0; ///< bytes of the line before the window
};
inline constexpr qsizetype LongestShown = 2000;

/// Two texts aligned, with all the view needs: rows are runs of line numbers, texts are decoded when they are looked at. Immutable and shared; made on a
/// worker by makeDocument().
struct DiffDocument {
    Compare::AlignedRows rows;
    TextLines left, right;
    QHash<QString, QString> names; ///< id → name as of B; as of A where only A knows it
    QHash<QString, QString> oldNames; ///< as of A, where it was another
    [[nodiscard]] QString nameOf(const QString &id, Side side) const
    {
        const auto old = side == Side::Left ? oldNames.constFind(id) : oldNames.cend();
        return old != oldNames.cend() ? *old : names.value(id);
    }
    QHash<int, qsizetype> longDiffers; ///< changed row with a line above LongestShown → byte where its two lines part
    int widestColumns = 0; ///< at least the longest row text, UTF-16 units
    [[nodiscard]] LineCut rowCut(int row, Side side) const;
    [[nodiscard]] std::pair<LineCut, LineCut> rowCuts(int row) const; ///< left and right: where they part is looked for once
    [[nodiscard]] QString rowText(int row, Side side) const { return rowCut(row, side).text; }
    [[nodiscard]] int rowLine(int row, Side side) const; ///< 0: filler
    [[nodiscard]] const TextLines &lines(Side side) const { return side == Side::Left ? left : right; }
    /// A column of the row's text in the whole line; the end of a cut text stands for the end of the line.
    [[nodiscard]] qsizetype realColumn(int row, Side side, int shown) const;
    [[nodiscard]] int shownColumn(int row, Side side, qsizetype real) const; ///< and back, as near as it is shown
};
using DiffDocumentPtr = std::shared_ptr<const DiffDocument>;

/// What a document is made of.
struct DiffRequest {
    QByteArray oldText, newText;
    QHash<QString, QString> names; ///< "domain/id" → name, as the range knows it
    QHash<QString, QString> oldNames = {}; ///< the same as of A, where it was another
    Compare::AlignRules rules;
    std::optional<QList<Compare::FieldChange>> known; ///< the fields that the change list counts
    bool byLines = false; ///< texts that are not canonical, as they came
};
/// Pure; any thread. nullptr where it was cancelled.
[[nodiscard]] DiffDocumentPtr makeDocument(DiffRequest request, const CancellationToken &cancel = {});
[[nodiscard]] DiffDocumentPtr makeDocument(const QByteArray &oldText, const QByteArray &newText, const QHash<QString, QString> &names);

/// The enclosing setting of a row, "grants › division", for the label of a fold; an entity of a list by its name.
[[nodiscard]] QString enclosingPath(const DiffDocument &document, int row);
/// A step of a path as people read it: a name, an id's name, "[3]".
[[nodiscard]] QString stepLabel(const DiffDocument &document, Side side, const TextLines::Step &step);

/// A place in a side: row, and UTF-16 unit of its row text.
struct TextPosition {
    int row = 0, column = 0;
    friend auto operator<=>(const TextPosition &, const TextPosition &) = default;
};
/// The real text between two places of one side, in the order of its lines: whole values, never fillers, ellipses, chips or shortened ids.
[[nodiscard]] QString selectionText(const DiffDocument &document, Side side, TextPosition from, TextPosition to);

/// The value that starts on a canonical line, its lines moved left by its own indentation; empty for closing brackets.
[[nodiscard]] QString valueText(const TextLines &lines, int line);

struct FindOptions {
    bool matchCase = false, wholeWords = false, isPattern = false;
    [[nodiscard]] TextPattern expression(const QString &needle) const { return {needle, isPattern, matchCase, wholeWords}; }
    friend bool operator==(const FindOptions &, const FindOptions &) = default;
};
struct FindMatch {
    int row = 0;
    Side side = Side::Left;
    int column = 0, length = 0; ///< in the real line
    friend bool operator==(const FindMatch &, const FindMatch &) = default;
};
inline constexpr qsizetype MaxFindMatches = 20'000;
/// Every occurrence in row order; unchanged rows count once (on the right). Names beside ids count as their id. Pure; bounded where a pattern
/// is costly.
[[nodiscard]] QList<FindMatch> findMatches(const DiffDocument &document, const QString &needle, const FindOptions &options = {},
                                           const CancellationToken &cancel = {});

} // namespace Orgtrace::Ui
