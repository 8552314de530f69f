#include "compare/sidebyside.h"

#include "compare/align.h"
#include "compare/intraline.h"

#include <algorithm>
#include <unordered_map>

namespace Orgtrace::Compare {

namespace {

constexpr qsizetype MostBytes = 128LL * 1024 * 1024; // both texts together
constexpr qsizetype MostLines = 1'500'000;
constexpr qsizetype LongestLine = 2000;
constexpr size_t AllPairs = 2500; // combinations tried inside one run of changed lines
constexpr qsizetype LikenessBytes = 16LL * 1024 * 1024;
constexpr double AlikeEnough = 0.5;
constexpr int SlideBound = 200;

using Lines = std::vector<QByteArrayView>;

Lines split(const QByteArray &text)
{
    Lines lines;
    lines.reserve(size_t(text.count('\n') + 1));
    qsizetype from = 0;
    while (from < text.size()) {
        qsizetype to = text.indexOf('\n', from);
        if (to < 0)
            to = text.size();
        lines.push_back(QByteArrayView(text).sliced(from, to - from));
        from = to + 1;
    }
    return lines;
}

/// Numbers for lines, the same number for the same bytes: nothing is called equal by a hash alone.
class LineNumbers
{
public:
    std::vector<quint64> of(const Lines &lines)
    {
        std::vector<quint64> out;
        out.reserve(lines.size());
        for (const QByteArrayView line : lines)
            out.push_back(m_numbers.try_emplace(std::string_view(line.data(), size_t(line.size())), m_numbers.size()).first->second);
        return out;
    }
    void reserve(size_t lines) { m_numbers.reserve(lines); }

private:
    std::unordered_map<std::string_view, quint64> m_numbers;
};

QString shown(QByteArrayView line)
{
    if (line.size() <= LongestLine)
        return QString::fromUtf8(line);
    QString text = QString::fromUtf8(line.first(std::min(line.size(), LongestLine * 4)));
    if (text.size() <= LongestLine)
        return text.size() < line.size() && line.size() > LongestLine * 4 ? QString(text + u'…') : text;
    qsizetype cut = LongestLine;
    if (text[cut - 1].isHighSurrogate())
        --cut;
    return text.first(cut) + u'…';
}

qsizetype indentOf(QByteArrayView line)
{
    qsizetype at = 0;
    while (at < line.size() && line[at] == ' ')
        ++at;
    return at;
}

class RowBuilder
{
public:
    RowBuilder(const QByteArray &oldText, const QByteArray &newText) : m_left(split(oldText)), m_right(split(newText)) { }

    SideBySide run(qsizetype bytes)
    {
        if (bytes > MostBytes || qsizetype(m_left.size()) + qsizetype(m_right.size()) > MostLines) {
            unaligned();
            return std::move(m_out);
        }
        LineNumbers numbers;
        numbers.reserve(m_left.size() + m_right.size() / 4);
        m_leftNumbers = numbers.of(m_left);
        m_rightNumbers = numbers.of(m_right);
        AlignBudget budget;
        m_partner.assign(m_left.size(), -1);
        m_partnerThere.assign(m_right.size(), -1);
        for (const auto &[i, j] : align(m_leftNumbers, m_rightNumbers, budget)) {
            m_partner[size_t(i)] = j;
            m_partnerThere[size_t(j)] = i;
        }
        slide(m_left, m_leftNumbers, m_partner, m_partnerThere);
        slide(m_right, m_rightNumbers, m_partnerThere, m_partner);
        m_out.rows.reserve(qsizetype(std::max(m_left.size(), m_right.size())));
        int i = 0, j = 0;
        while (i < int(m_left.size()) || j < int(m_right.size())) {
            if (i < int(m_left.size()) && m_partner[size_t(i)] == j && j < int(m_right.size())) {
                add(RowKind::Same, i++, j++);
                continue;
            }
            int toI = i, toJ = j;
            while (toI < int(m_left.size()) && m_partner[size_t(toI)] < 0)
                ++toI;
            while (toJ < int(m_right.size()) && m_partnerThere[size_t(toJ)] < 0)
                ++toJ;
            m_out.changeStarts.append(int(m_out.rows.size()));
            changedRun(i, toI, j, toJ);
            i = toI;
            j = toJ;
        }
        return std::move(m_out);
    }

private:
    /// A group of lines on one side only can often slide up or down without changing what it says. People read it best where it begins
    /// with the least indentation and ends with its own closing bracket.
    static void slide(const Lines &lines, const std::vector<quint64> &numbers, std::vector<int> &partner, std::vector<int> &partnerThere)
    {
        const int n = int(lines.size());
        for (int from = 0; from < n;) {
            if (partner[size_t(from)] >= 0) {
                ++from;
                continue;
            }
            int to = from;
            while (to < n && partner[size_t(to)] < 0)
                ++to;
            const int before = from > 0 ? partner[size_t(from) - 1] : -1;
            const int after = to < n ? partner[size_t(to)] : int(partnerThere.size());
            if (after != before + 1) { // lines changed on the other side, too
                from = to;
                continue;
            }
            // How far up and down it may go: the line that leaves must equal the one that enters.
            int up = 0, down = 0;
            while (up < SlideBound && from - up > 0 && partner[size_t(from) - size_t(up) - 1] >= 0
                   && (up == 0 || partner[size_t(from) - size_t(up)] == partner[size_t(from) - size_t(up) - 1] + 1)
                   && numbers[size_t(from) - size_t(up) - 1] == numbers[size_t(to) - size_t(up) - 1])
                ++up;
            while (down < SlideBound && to + down < n && partner[size_t(to) + size_t(down)] >= 0
                   && (down == 0 || partner[size_t(to) + size_t(down)] == partner[size_t(to) + size_t(down) - 1] + 1)
                   && numbers[size_t(from) + size_t(down)] == numbers[size_t(to) + size_t(down)])
                ++down;
            int best = 0;
            auto bestCost = cost(lines, from, to);
            for (int by = -up; by <= down; ++by) {
                const auto price = cost(lines, from + by, to + by);
                if (price < bestCost) {
                    best = by;
                    bestCost = price;
                }
            }
            for (int step = 0; step < -best; ++step)
                shiftUp(from - step, to - step, partner, partnerThere);
            for (int step = 0; step < best; ++step)
                shiftDown(from + step, to + step, partner, partnerThere);
            from = std::max(to, to + best);
        }
    }

    static void shiftUp(int from, int to, std::vector<int> &partner, std::vector<int> &partnerThere)
    {
        const int there = partner[size_t(from) - 1];
        partner[size_t(from) - 1] = -1;
        partner[size_t(to) - 1] = there;
        partnerThere[size_t(there)] = to - 1;
    }

    static void shiftDown(int from, int to, std::vector<int> &partner, std::vector<int> &partnerThere)
    {
        const int there = partner[size_t(to)];
        partner[size_t(to)] = -1;
        partner[size_t(from)] = there;
        partnerThere[size_t(there)] = from;
    }

    /// Less is better: indentation of the first line, then of the last; a group that begins with a closing bracket is the worst.
    static std::pair<qsizetype, int> cost(const Lines &lines, int from, int to)
    {
        const QByteArrayView first = lines[size_t(from)].trimmed(), last = lines[size_t(to) - 1].trimmed();
        const int closesFirst = first.startsWith('}') || first.startsWith(']') ? 2 : 0;
        const int opensLast = last.endsWith('{') || last.endsWith('[') ? 1 : 0;
        return {indentOf(lines[size_t(from)]) + indentOf(lines[size_t(to) - 1]), closesFirst + opensLast};
    }

    void add(RowKind kind, int i, int j)
    {
        Row row;
        row.kind = kind;
        if (i >= 0) {
            row.leftLine = i + 1;
            row.left = shown(m_left[size_t(i)]);
        }
        if (j >= 0) {
            row.rightLine = j + 1;
            row.right = kind == RowKind::Same ? row.left : shown(m_right[size_t(j)]);
        }
        if (kind == RowKind::Changed && m_markBudget.steps > 0) {
            LineMarks marks = markLine(row.left, row.right, m_markBudget);
            row.leftMarks = std::move(marks.left);
            row.rightMarks = std::move(marks.right);
            if (row.leftMarks.isEmpty() && row.rightMarks.isEmpty() && row.left.endsWith(u'…') && row.right.endsWith(u'…')) {
                // They differ beyond the cut.
                row.leftMarks = {{int(row.left.size()) - 1, 1}};
                row.rightMarks = {{int(row.right.size()) - 1, 1}};
            }
        }
        m_out.rows.append(std::move(row));
    }

    void changedRun(int i, int toI, int j, int toJ)
    {
        std::vector<std::pair<int, int>> pairs;
        const size_t n = size_t(toI) - size_t(i), m = size_t(toJ) - size_t(j);
        if (n * m > 0)
            pairs = n * m <= AllPairs && m_likenessBytes > 0 ? bestPairs(i, n, j, m) : pairsInStep(i, toI, j, toJ);
        for (const auto &[left, right] : pairs) {
            while (i < left)
                add(RowKind::Removed, i++, -1);
            while (j < right)
                add(RowKind::Added, -1, j++);
            add(RowKind::Changed, i++, j++);
        }
        while (i < toI)
            add(RowKind::Removed, i++, -1);
        while (j < toJ)
            add(RowKind::Added, -1, j++);
    }

    [[nodiscard]] double likeness(int i, int j)
    {
        const QByteArrayView a = m_left[size_t(i)], b = m_right[size_t(j)];
        m_likenessBytes -= std::min(a.size(), b.size()) + 16;
        return lineLikeness(a.first(std::min(a.size(), LongestLine)), b.first(std::min(b.size(), LongestLine)));
    }

    /// Rising pairs with the highest sum of likeness.
    std::vector<std::pair<int, int>> bestPairs(int fromI, size_t n, int fromJ, size_t m)
    {
        std::vector<double> like(n * m), best((n + 1) * (m + 1), 0);
        const auto sum = [&best, m](size_t i, size_t j) -> double & { return best[i * (m + 1) + j]; };
        for (size_t i = n; i-- > 0;) {
            for (size_t j = m; j-- > 0;) {
                like[i * m + j] = likeness(fromI + int(i), fromJ + int(j));
                sum(i, j) = std::max(sum(i + 1, j), sum(i, j + 1));
                if (like[i * m + j] >= AlikeEnough)
                    sum(i, j) = std::max(sum(i, j), like[i * m + j] + sum(i + 1, j + 1));
            }
        }
        std::vector<std::pair<int, int>> pairs;
        for (size_t i = 0, j = 0; i < n && j < m;) {
            if (like[i * m + j] >= AlikeEnough && sum(i, j) == like[i * m + j] + sum(i + 1, j + 1))
                pairs.emplace_back(fromI + int(i++), fromJ + int(j++));
            else if (sum(i, j) == sum(i + 1, j))
                ++i;
            else
                ++j;
        }
        return pairs;
    }

    /// For long runs: side by side as they come, looking a few lines ahead where two do not fit.
    std::vector<std::pair<int, int>> pairsInStep(int i, int toI, int j, int toJ)
    {
        constexpr int Ahead = 4;
        std::vector<std::pair<int, int>> pairs;
        while (i < toI && j < toJ) {
            if (m_likenessBytes <= 0 || likeness(i, j) >= AlikeEnough) {
                pairs.emplace_back(i++, j++);
                continue;
            }
            int skipI = 1, skipJ = 1;
            for (int ahead = 1; ahead <= Ahead; ++ahead) {
                if (j + ahead < toJ && likeness(i, j + ahead) >= AlikeEnough) {
                    skipI = 0;
                    skipJ = ahead;
                    break;
                }
                if (i + ahead < toI && likeness(i + ahead, j) >= AlikeEnough) {
                    skipI = ahead;
                    skipJ = 0;
                    break;
                }
            }
            i += skipI;
            j += skipJ;
        }
        return pairs;
    }

    void unaligned()
    {
        m_out.tooLarge = true;
        const size_t rows = std::min(std::max(m_left.size(), m_right.size()), size_t(MostLines));
        bool changing = false;
        for (size_t at = 0; at < rows; ++at) {
            const bool onLeft = at < m_left.size(), onRight = at < m_right.size();
            const bool same = onLeft && onRight && m_left[at] == m_right[at];
            if (!same && !changing)
                m_out.changeStarts.append(int(at));
            changing = !same;
            m_markBudget.steps = 0;
            add(same                    ? RowKind::Same
                    : onLeft && onRight ? RowKind::Changed
                    : onLeft            ? RowKind::Removed
                                        : RowKind::Added,
                onLeft ? int(at) : -1, onRight ? int(at) : -1);
        }
    }

    Lines m_left, m_right;
    std::vector<quint64> m_leftNumbers, m_rightNumbers;
    std::vector<int> m_partner, m_partnerThere;
    AlignBudget m_markBudget{16'000'000};
    qsizetype m_likenessBytes = LikenessBytes;
    SideBySide m_out;
};

} // namespace

SideBySide sideBySide(const QByteArray &oldText, const QByteArray &newText)
{
    return RowBuilder(oldText, newText).run(oldText.size() + newText.size());
}

} // namespace Orgtrace::Compare
