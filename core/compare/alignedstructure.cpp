#include "compare/alignedrows.h"

#include "base/digest.h"
#include "compare/align.h"
#include "compare/comparer.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace Orgtrace::Compare {

namespace {

constexpr qsizetype LargestDocument = 24LL * 1024 * 1024; // bytes of one side that are parsed for one pair
constexpr Json::Limits PairLimits{.maxBytes = LargestDocument, .maxDepth = 512, .refuseDuplicateKeys = false};

/// One document of a pair: lines first to last of a text.
struct Extent {
    const CanonicalLines *text = nullptr;
    int first = 0, last = 0;
    int indent = 0;
    std::vector<int> ends; ///< of each line: where the value that begins there ends

    Extent(const CanonicalLines &lines, int from, int to) : text(&lines), first(from), last(to), indent(lines.indent(from))
    {
        ends.resize(size_t(std::max(0, last - first + 1)));
        std::vector<std::pair<int, int>> open; // line, indentation
        for (int line = first; line <= last; ++line) {
            ends[size_t(line) - size_t(first)] = line;
            if (lines.closes(line) && !open.empty() && open.back().second == lines.indent(line)) {
                ends[size_t(open.back().first) - size_t(first)] = line;
                open.pop_back();
            } else if (lines.opens(line)) {
                open.emplace_back(line, lines.indent(line));
            }
        }
    }
    [[nodiscard]] int end(int line) const { return ends[size_t(line) - size_t(first)]; }
    [[nodiscard]] bool isOpen(int line) const { return end(line) > line; }
    [[nodiscard]] std::vector<int> children(int line) const
    {
        std::vector<int> out;
        for (int at = line + 1; at < end(line); at = end(at) + 1)
            out.push_back(at);
        return out;
    }
    /// '{' or '[' also where the container is empty and on one line; 0 for scalars.
    [[nodiscard]] char container(int line) const
    {
        if (const char kind = text->opens(line))
            return kind;
        const QByteArrayView value = text->between(line, line);
        return value.endsWith("{}") ? '{' : value.endsWith("[]") ? '[' : char(0);
    }
};

QString step(const QString &parent, QByteArrayView escapedKey)
{
    QString token = decodedKey(escapedKey);
    token.replace(u'~', QLatin1StringView("~0")).replace(u'/', QLatin1StringView("~1"));
    return parent + u'/' + token;
}

QString step(const QString &parent, qsizetype index)
{
    return parent + u'/' + QString::number(index);
}

bool sameBytes(const CanonicalLines &left, int l, int lEnd, const CanonicalLines &right, int r, int rEnd)
{
    return lEnd - l == rEnd - r && left.between(l, lEnd) == right.between(r, rEnd);
}

/// Lays out one pair of documents.
class PairLayout
{
public:
    PairLayout(const Extent &left, const Extent &right, const QList<FieldChange> &fields, const std::vector<PairedArray> &arrays,
               AlignedRows &out, int leftElement, int rightElement) :
        m_left(left), m_right(right), m_fields(fields), m_out(out), m_leftElement(leftElement), m_rightElement(rightElement)
    {
        for (qsizetype i = 0; i < fields.size(); ++i)
            m_places[keyOf(fields[i].kind == FieldKind::Removed, fields[i].pointer)].append(i);
        for (const PairedArray &array : arrays)
            m_arrays.insert(array.oldPointer + u'\n' + array.newPointer, &array);
        m_seen.resize(size_t(fields.size()));
    }

    void run(int move)
    {
        m_move = move;
        pair(m_left.first, m_right.first, {}, {});
        // Whatever found no place of its own is counted at the beginning: the number is the change list's.
        for (qsizetype i = 0; i < m_fields.size(); ++i) {
            if (!m_seen[size_t(i)])
                add(i, m_start);
        }
    }

private:
    static QString keyOf(bool removed, const QString &pointer) { return (removed ? u'-' : u'+') + pointer; }

    void add(qsizetype field, int row)
    {
        m_seen[size_t(field)] = true;
        RowChange change;
        change.row = row;
        change.kind = m_fields[field].kind;
        const bool onLeft = change.kind == FieldKind::Removed;
        const int element = onLeft ? m_leftElement : m_rightElement;
        change.pointer = element < 0 ? m_fields[field].pointer : QString(u'/' + QString::number(element) + m_fields[field].pointer);
        change.path = m_fields[field].path;
        change.leftElement = m_leftElement;
        change.rightElement = m_rightElement;
        m_out.changes.append(change);
    }

    /// Counts the fields of a place; false where there are none.
    bool note(bool removed, const QString &pointer)
    {
        const auto found = m_places.constFind(keyOf(removed, pointer));
        if (found == m_places.cend())
            return false;
        bool counts = false;
        for (const qsizetype field : *found) {
            counts = counts || m_fields[field].kind != FieldKind::Moved;
            if (!m_seen[size_t(field)])
                add(field, m_out.size());
        }
        return counts;
    }

    void emitRows(RowKind kind, int l, int r, int count, bool counts)
    {
        AlignedRow row{kind, l, r, counts || kind == RowKind::Same, m_move, m_head};
        if (m_head && count > 1) { // the head stands by itself
            m_out.append(row, 1);
            row.moveHead = false;
            row.leftLine += row.leftLine > 0 ? 1 : 0;
            row.rightLine += row.rightLine > 0 ? 1 : 0;
            --count;
        }
        m_head = false;
        m_out.append(row, count);
    }

    void lone(int line, bool onRight, const QString &pointer)
    {
        const bool counts = note(!onRight, pointer);
        const int end = (onRight ? m_right : m_left).end(line);
        emitRows(onRight ? RowKind::Added : RowKind::Removed, onRight ? 0 : line, onRight ? line : 0, end - line + 1, counts);
    }

    void pair(int l, int r, const QString &oldPointer, const QString &newPointer)
    {
        const bool counts = note(false, newPointer);
        const int lEnd = m_left.end(l), rEnd = m_right.end(r);
        if (sameBytes(*m_left.text, l, lEnd, *m_right.text, r, rEnd)) {
            emitRows(RowKind::Same, l, r, rEnd - r + 1, true);
            return;
        }
        const char mine = m_left.container(l), theirs = m_right.container(r);
        if (mine && mine == theirs && !counts) {
            const bool bothOpen = m_left.isOpen(l) && m_right.isOpen(r);
            emitRows(bothOpen ? RowKind::Same : RowKind::Changed, l, r, 1, false);
            mine == '{' ? members(l, r, oldPointer, newPointer) : elements(l, r, oldPointer, newPointer);
            if (bothOpen)
                emitRows(RowKind::Same, lEnd, rEnd, 1, true);
            else if (m_left.isOpen(l))
                emitRows(RowKind::Removed, lEnd, 0, 1, false);
            else if (m_right.isOpen(r))
                emitRows(RowKind::Added, 0, rEnd, 1, false);
            return;
        }
        emitRows(RowKind::Changed, l, r, 1, counts);
        if (lEnd > l)
            emitRows(RowKind::Removed, l + 1, 0, lEnd - l, counts);
        if (rEnd > r)
            emitRows(RowKind::Added, 0, r + 1, rEnd - r, counts);
    }

    void members(int l, int r, const QString &oldPointer, const QString &newPointer)
    {
        const std::vector<int> mine = m_left.children(l), theirs = m_right.children(r);
        const auto view = [](QByteArrayView key) { return std::string_view(key.data(), size_t(key.size())); };
        std::unordered_set<std::string_view> there;
        for (const int line : theirs)
            there.insert(view(m_right.text->key(line)));
        size_t i = 0, j = 0;
        while (i < mine.size() || j < theirs.size()) {
            const QByteArrayView a = i < mine.size() ? m_left.text->key(mine[i]) : QByteArrayView();
            const QByteArrayView b = j < theirs.size() ? m_right.text->key(theirs[j]) : QByteArrayView();
            if (i < mine.size() && j < theirs.size() && a == b) {
                pair(mine[i++], theirs[j++], step(oldPointer, a), step(newPointer, b));
            } else if (i < mine.size() && (j == theirs.size() || !there.contains(view(a)))) {
                lone(mine[i++], false, step(oldPointer, a));
            } else if (j < theirs.size()) {
                lone(theirs[j++], true, step(newPointer, b));
            } else {
                ++i;
            }
        }
    }

    void elements(int l, int r, const QString &oldPointer, const QString &newPointer)
    {
        const std::vector<int> mine = m_left.children(l), theirs = m_right.children(r);
        const PairedArray *array = m_arrays.value(oldPointer + u'\n' + newPointer);
        std::vector<int> partner(theirs.size(), -1);
        std::vector<int> moveOf(mine.size(), -1); // -1: stays; else the move's number
        std::vector<bool> paired(mine.size());
        if (array) {
            for (const PairedArray::Pair &one : array->pairs) {
                if (one.left >= mine.size() || one.right >= theirs.size())
                    continue;
                partner[one.right] = int(one.left);
                paired[one.left] = true;
                if (one.moved) {
                    moveOf[one.left] = int(m_out.moves.size());
                    m_out.moves.push_back({-1, -1, mine[one.left], theirs[one.right]});
                }
            }
        } else {
            // Not compared (a label, a field one catalogue drops): place by place.
            for (size_t k = 0; k < std::min(mine.size(), theirs.size()); ++k) {
                partner[k] = int(k);
                paired[k] = true;
            }
        }
        size_t gone = 0;
        const auto leave = [&](size_t until) {
            for (; gone < until; ++gone) {
                if (!paired[gone]) {
                    lone(mine[gone], false, step(oldPointer, qsizetype(gone)));
                } else if (moveOf[gone] >= 0) {
                    m_out.moves[size_t(moveOf[gone])].stub = m_out.size();
                    m_out.append(AlignedRow{RowKind::Same, 0, 0, true, moveOf[gone], false});
                }
            }
        };
        for (size_t j = 0; j < theirs.size(); ++j) {
            const int i = partner[j];
            if (i < 0) {
                lone(theirs[j], true, step(newPointer, qsizetype(j)));
                continue;
            }
            const int move = moveOf[size_t(i)];
            if (move < 0) {
                leave(size_t(i));
                pair(mine[size_t(i)], theirs[j], step(oldPointer, i), step(newPointer, qsizetype(j)));
                continue;
            }
            const int outer = m_move;
            m_move = move;
            m_head = true;
            m_out.moves[size_t(move)].row = m_out.size();
            pair(mine[size_t(i)], theirs[j], step(oldPointer, i), step(newPointer, qsizetype(j)));
            m_head = false;
            m_move = outer;
        }
        leave(mine.size());
    }

    const Extent &m_left, &m_right;
    const QList<FieldChange> &m_fields;
    AlignedRows &m_out;
    int m_leftElement, m_rightElement;
    QHash<QString, QList<qsizetype>> m_places;
    QHash<QString, const PairedArray *> m_arrays;
    std::vector<bool> m_seen;
    int m_move = -1;
    bool m_head = false;
    int m_start = m_out.size();
};

class StructureAligner
{
public:
    StructureAligner(const CanonicalLines &left, const CanonicalLines &right, const AlignRules &rules, const QList<FieldChange> *known,
                     const CancellationToken &cancel) : m_left(left), m_right(right), m_rules(rules), m_known(known), m_cancel(cancel)
    {
        Options options;
        options.exact = rules.isExact;
        const bool differ = rules.a.hash() != rules.b.hash();
        m_comparer.emplace(differ ? Comparer(rules.a, rules.b, options) : Comparer(rules.b, options));
        m_comparer->recordPairs(&m_arrays);
    }

    AlignedRows run()
    {
        m_out.isStructural = true;
        if (m_left.count() == 0 || m_right.count() == 0) {
            wholeSide();
        } else if (m_left.isList() && m_right.isList()) {
            lists();
        } else if (!compared(1, m_left.count(), 1, m_right.count(), -1, -1, -1)) {
            return alignLines(m_left, m_right);
        }
        m_out.finish();
        return std::move(m_out);
    }

private:
    void whole(RowKind kind, int l, int r, int lines, int leftElement, int rightElement)
    {
        RowChange change;
        change.row = m_out.size();
        change.kind = kind == RowKind::Added ? FieldKind::Added : FieldKind::Removed;
        change.isWhole = true;
        change.leftElement = leftElement;
        change.rightElement = rightElement;
        if (const int element = std::max(leftElement, rightElement); element >= 0)
            change.pointer = u'/' + QString::number(element);
        m_out.changes.append(change);
        m_out.append(AlignedRow{kind, l, r, true, -1, false}, lines);
    }

    void wholeSide()
    {
        if (m_left.count() > 0)
            whole(RowKind::Removed, 1, 0, m_left.count(), -1, -1);
        else if (m_right.count() > 0)
            whole(RowKind::Added, 0, 1, m_right.count(), -1, -1);
    }

    /// One pair of documents; false where it cannot be compared by structure, with nothing emitted.
    bool compared(int l, int lEnd, int r, int rEnd, int leftElement, int rightElement, int move)
    {
        const QByteArrayView mine = m_left.between(l, lEnd), theirs = m_right.between(r, rEnd);
        if (mine.size() > LargestDocument || theirs.size() > LargestDocument)
            return false;
        const Result<Json::Document> before = Json::parse({mine.data(), size_t(mine.size())}, PairLimits);
        const Result<Json::Document> after = Json::parse({theirs.data(), size_t(theirs.size())}, PairLimits);
        if (!before || !after || !isLaidOut(m_left, l, lEnd) || !isLaidOut(m_right, r, rEnd))
            return false;
        m_arrays.clear();
        const QString without = m_recreated.contains(rightElement) ? m_rules.b.identity : m_rules.without;
        const ValueDifference difference = m_comparer->compareWithout(before->root(), after->root(), without.toStdString());
        const Extent left(m_left, l, lEnd), right(m_right, r, rEnd);
        PairLayout(left, right, m_known && leftElement < 0 ? *m_known : difference.fields, m_arrays, m_out, leftElement, rightElement)
            .run(move);
        return true;
    }

    /// One value a line, indented by two: what the layout relies on.
    static bool isLaidOut(const CanonicalLines &text, int first, int last)
    {
        int depth = text.indent(first);
        for (int line = first; line <= last; ++line) {
            const int indent = text.indent(line);
            if (text.closes(line))
                depth -= 2;
            if (indent != depth || text.length(line) == indent)
                return false;
            if (text.opens(line))
                depth += 2;
        }
        return depth == text.indent(first);
    }

    /// Elements by their ids where each has one of its own; else the same contents in order, then place by place between them.
    std::vector<int> matched()
    {
        const auto &mine = m_left.elements(), &theirs = m_right.elements();
        std::vector<int> partner(theirs.size(), -1);
        const auto bytes = [](const CanonicalLines &text, const CanonicalLines::Element &element) {
            const QByteArrayView view = text.between(int(element.line), int(element.line + element.lines) - 1);
            return std::string_view(view.data(), size_t(view.size()));
        };
        const bool named = m_rules.leftIds.size() == qsizetype(mine.size()) && m_rules.rightIds.size() == qsizetype(theirs.size());
        const auto idOf = [&](bool onRight, size_t at) -> QByteArrayView {
            if (named)
                return onRight ? m_rules.rightIds[qsizetype(at)] : m_rules.leftIds[qsizetype(at)];
            const QByteArrayView text = onRight ? m_right.idOf(theirs[at]) : m_left.idOf(mine[at]);
            return text.size() >= 2 && text.front() == '"' ? text.sliced(1).chopped(1) : text;
        };
        const auto key = [](QByteArrayView id) { return std::string_view(id.data(), size_t(id.size())); };
        std::unordered_map<std::string_view, int> places;
        places.reserve(mine.size());
        bool unique = true;
        for (size_t i = 0; i < mine.size() && unique; ++i) {
            const QByteArrayView id = idOf(false, i);
            unique = (named || !id.isEmpty()) && places.emplace(key(id), int(i)).second;
        }
        std::unordered_set<int> taken;
        for (size_t j = 0; j < theirs.size() && unique; ++j) {
            const QByteArrayView id = idOf(true, j);
            auto found = places.find(key(id));
            if (found == places.end() && !m_rules.previous.isEmpty()) {
                if (const auto before = m_rules.previous.constFind(id.toByteArray()); before != m_rules.previous.cend()) {
                    found = places.find(key(*before));
                    if (found != places.end())
                        m_recreated.insert(int(j));
                }
            }
            partner[j] = found == places.end() ? -1 : found->second;
            unique = (named || !id.isEmpty()) && (partner[j] < 0 || taken.insert(partner[j]).second);
        }
        if (unique)
            return partner;
        std::ranges::fill(partner, -1);
        const auto symbols = [&bytes](const CanonicalLines &text) {
            std::vector<quint64> out;
            for (const CanonicalLines::Element &element : text.elements())
                out.push_back(std::hash<std::string_view>()(bytes(text, element)));
            return out;
        };
        AlignBudget budget;
        int i = 0, j = 0;
        const auto between = [&](int toI, int toJ) {
            for (; i < toI && j < toJ; ++i, ++j)
                partner[size_t(j)] = i;
            i = toI + 1;
            j = toJ + 1;
        };
        for (const auto &[left, right] : align(symbols(m_left), symbols(m_right), budget)) {
            between(left, right);
            partner[size_t(right)] = left;
        }
        between(int(mine.size()), int(theirs.size()));
        return partner;
    }

    void lists()
    {
        const auto &mine = m_left.elements(), &theirs = m_right.elements();
        const std::vector<int> partner = matched();
        std::vector<int> lefts, move(theirs.size(), -1), leavesAs(mine.size(), -1);
        std::vector<bool> paired(mine.size());
        std::vector<size_t> rights;
        for (size_t j = 0; j < theirs.size(); ++j) {
            if (partner[j] >= 0) {
                paired[size_t(partner[j])] = true;
                lefts.push_back(partner[j]);
                rights.push_back(j);
            }
        }
        const std::vector<int> kept = longestRising(lefts);
        for (size_t k = 0, next = 0; m_rules.ordered && k < lefts.size(); ++k) {
            if (next < kept.size() && kept[next] == int(k)) {
                ++next;
                continue;
            }
            const auto &from = mine[size_t(lefts[k])], &to = theirs[rights[k]];
            move[rights[k]] = leavesAs[size_t(lefts[k])] = int(m_out.moves.size());
            m_out.moves.push_back({-1, -1, int(from.line), int(to.line)});
        }
        m_out.append(AlignedRow{RowKind::Same, 1, 1});
        size_t gone = 0;
        const auto leave = [&](size_t until) {
            for (; gone < until; ++gone) {
                if (!paired[gone]) {
                    whole(RowKind::Removed, int(mine[gone].line), 0, int(mine[gone].lines), int(gone), -1);
                } else if (leavesAs[gone] >= 0) {
                    m_out.moves[size_t(leavesAs[gone])].stub = m_out.size();
                    m_out.append(AlignedRow{RowKind::Same, 0, 0, true, leavesAs[gone], false});
                }
            }
        };
        for (size_t j = 0; j < theirs.size() && !m_cancel.isCancelled(); ++j) {
            if (partner[j] < 0) {
                whole(RowKind::Added, 0, int(theirs[j].line), int(theirs[j].lines), -1, int(j));
                continue;
            }
            if (move[j] < 0)
                leave(size_t(partner[j]));
            element(size_t(partner[j]), j, move[j]);
        }
        leave(mine.size());
        m_out.append(AlignedRow{RowKind::Same, m_left.count(), m_right.count()});
    }

    void element(size_t i, size_t j, int move)
    {
        const auto &mine = m_left.elements()[i], &theirs = m_right.elements()[j];
        const int l = int(mine.line), lEnd = l + int(mine.lines) - 1, r = int(theirs.line), rEnd = r + int(theirs.lines) - 1;
        if (move >= 0) {
            RowChange change;
            change.row = m_out.moves[size_t(move)].row = m_out.size();
            change.kind = FieldKind::Moved;
            change.pointer = u'/' + QString::number(j);
            change.leftElement = int(i);
            change.rightElement = int(j);
            m_out.changes.append(change);
        }
        if (sameBytes(m_left, l, lEnd, m_right, r, rEnd)) {
            m_out.append(AlignedRow{RowKind::Same, l, r, true, move, move >= 0}, move >= 0 ? 1 : rEnd - r + 1);
            if (move >= 0)
                m_out.append(AlignedRow{RowKind::Same, l + 1, r + 1, true, move, false}, rEnd - r);
            return;
        }
        if (compared(l, lEnd, r, rEnd, int(i), int(j), move))
            return;
        // No structure to go by: both as they are.
        whole(RowKind::Removed, l, 0, lEnd - l + 1, int(i), -1);
        m_out.append(AlignedRow{RowKind::Added, 0, r, true, -1, false}, rEnd - r + 1);
    }

    const CanonicalLines &m_left, &m_right;
    const AlignRules &m_rules;
    const QList<FieldChange> *m_known;
    const CancellationToken &m_cancel;
    std::optional<Comparer> m_comparer;
    std::vector<PairedArray> m_arrays;
    std::unordered_set<int> m_recreated; // places on the right
    AlignedRows m_out;
};

} // namespace

AlignedRows alignStructure(const CanonicalLines &left, const CanonicalLines &right, const AlignRules &rules,
                           const QList<FieldChange> *known, const CancellationToken &cancel)
{
    return StructureAligner(left, right, rules, known, cancel).run();
}

} // namespace Orgtrace::Compare
