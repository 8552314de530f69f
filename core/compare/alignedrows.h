#pragma once

#include "base/cancellation.h"
#include "catalogue/catalogue.h"
#include "compare/canonicallines.h"
#include "compare/change.h"
#include "compare/sidebyside.h"

#include <vector>

namespace Orgtrace::Compare {

/// One row of two texts side by side, by line number. Both lines 0: the place that an element left, see RowMove.
struct AlignedRow {
    RowKind kind = RowKind::Same;
    int leftLine = 0, rightLine = 0; ///< 1-based; 0: filler
    bool counts = true; ///< false: the bytes differ, but nothing that counts as a change (order, type, a label)
    int move = -1; ///< into AlignedRows::moves
    bool moveHead = false; ///< the first row of a moved element
    [[nodiscard]] bool isStub() const { return leftLine == 0 && rightLine == 0; }
    /// Told from its surroundings: not folded away.
    [[nodiscard]] bool isMarked() const { return kind != RowKind::Same || moveHead || isStub(); }
};

/// Rows of one kind whose lines follow each other: what texts of millions of lines come down to.
struct RowRun {
    int row = 0, count = 0;
    AlignedRow first;
    [[nodiscard]] AlignedRow at(int index) const;
};

/// An element that changed its place among the others, where order counts. It stands beside its old self at its new place; a stub marks the old one.
struct RowMove {
    int row = -1, stub = -1;
    int fromLine = 0, toLine = 0;
};

/// One change as the change list counts it, and where it stands.
struct RowChange {
    int row = 0;
    FieldKind kind = FieldKind::Modified;
    QString pointer; ///< of the whole document; on the old side for Removed
    QString path;
    int leftElement = -1, rightElement = -1; ///< in a list: the pair it belongs to
    bool isWhole = false; ///< the whole document, or a whole element of a list, is on one side only
};

/// Two texts laid side by side, as runs. Immutable once made.
class AlignedRows
{
public:
    [[nodiscard]] int size() const { return m_size; }
    [[nodiscard]] bool isEmpty() const { return m_size == 0; }
    [[nodiscard]] AlignedRow operator[](int row) const; ///< @pre 0 <= row < size(); O(log runs)
    [[nodiscard]] const std::vector<RowRun> &runs() const { return m_runs; }
    [[nodiscard]] size_t runOf(int row) const;
    [[nodiscard]] int rowOfLine(bool onRight, int line) const; ///< -1 where there is none

    QList<RowChange> changes; ///< by row
    std::vector<RowMove> moves;
    bool isStructural = false; ///< changes are those of the structural comparison; else one for each run of marked rows
    bool tooLarge = false; ///< above the bounds: both texts as they are

    void append(AlignedRow row, int count = 1); ///< joins the run before where it continues it
    void finish(); ///< sorts changes, makes rowOfLine() work; without structure, finds the changes in the runs

private:
    std::vector<RowRun> m_runs;
    std::vector<std::pair<int, quint32>> m_left, m_right; ///< first line → run
    int m_size = 0;
};

/// How two texts are compared: the rules of both sides' catalogues, as compareSnapshots() takes them.
struct AlignRules {
    Catalogue::DomainRules a, b;
    QString without; ///< top-level member left out: the identity of a recreated entity
    bool ordered = false; ///< for lists: an element at another place has moved
    bool isExact = false;
    /// Of lists whose elements carry no id of their own: the ids, in the order of the elements. Used where each element has one.
    QList<QByteArray> leftIds = {}, rightIds = {};
    QHash<QByteArray, QByteArray> previous = {}; ///< new id → old id, of recreated entities: compared without their identity
};

/// Lays two canonical texts side by side by their structure: members by name, elements as the comparison matched them (Comparer, the same code and
/// the same answer), moved ones beside their old selves. Where both texts are lists, elements are matched by their "id" and only pairs that differ are
/// compared: two lists of 55 MB cost little more than reading them. Texts that are no canonical JSON, and single documents above 24 MB, are aligned
/// by lines.
/// @param known the fields to count, where the caller has them; else what the comparison finds.
/// Pure; any thread. Where it is cancelled the answer is worth nothing.
[[nodiscard]] AlignedRows alignStructure(const CanonicalLines &left, const CanonicalLines &right, const AlignRules &rules,
                                         const QList<FieldChange> *known = nullptr, const CancellationToken &cancel = {});

/// By lines alone, as sideBySide().
[[nodiscard]] AlignedRows alignLines(const CanonicalLines &left, const CanonicalLines &right);

} // namespace Orgtrace::Compare
