#include "compare/alignedrows.h"

#include <algorithm>

namespace Orgtrace::Compare {

AlignedRow RowRun::at(int index) const
{
    AlignedRow row = first;
    if (row.leftLine > 0)
        row.leftLine += index;
    if (row.rightLine > 0)
        row.rightLine += index;
    row.moveHead = first.moveHead && index == 0;
    return row;
}

size_t AlignedRows::runOf(int row) const
{
    const auto after = std::ranges::upper_bound(m_runs, row, {}, &RowRun::row);
    return after == m_runs.begin() ? 0 : size_t(after - m_runs.begin()) - 1;
}

AlignedRow AlignedRows::operator[](int row) const
{
    Q_ASSERT(row >= 0 && row < m_size);
    const RowRun &run = m_runs[runOf(row)];
    return run.at(row - run.row);
}

int AlignedRows::rowOfLine(bool onRight, int line) const
{
    const auto &index = onRight ? m_right : m_left;
    const auto after = std::ranges::upper_bound(index, line, {}, &std::pair<int, quint32>::first);
    if (after == index.begin())
        return -1;
    const RowRun &run = m_runs[(after - 1)->second];
    const int offset = line - (after - 1)->first;
    return offset < run.count ? run.row + offset : -1;
}

void AlignedRows::append(AlignedRow row, int count)
{
    if (count <= 0)
        return;
    if (!m_runs.empty() && !row.moveHead && !row.isStub()) {
        RowRun &last = m_runs.back();
        const AlignedRow next = last.at(last.count);
        if (!last.first.isStub() && !last.first.moveHead && next.kind == row.kind && next.counts == row.counts && next.move == row.move
            && next.leftLine == row.leftLine && next.rightLine == row.rightLine) {
            last.count += count;
            m_size += count;
            return;
        }
    }
    m_runs.push_back({m_size, count, row});
    m_size += count;
}

void AlignedRows::finish()
{
    m_left.clear();
    m_right.clear();
    for (quint32 i = 0; i < m_runs.size(); ++i) {
        if (m_runs[i].first.leftLine > 0)
            m_left.emplace_back(m_runs[i].first.leftLine, i);
        if (m_runs[i].first.rightLine > 0)
            m_right.emplace_back(m_runs[i].first.rightLine, i);
    }
    std::ranges::sort(m_left);
    std::ranges::sort(m_right);
    if (!isStructural) {
        changes.clear();
        bool changing = false;
        for (const RowRun &run : m_runs) {
            const bool marked = run.first.isMarked();
            if (marked && !changing) {
                RowChange change;
                change.row = run.row;
                changes.append(change);
            }
            changing = marked;
        }
    }
    std::ranges::stable_sort(changes, {}, &RowChange::row);
}

AlignedRows alignLines(const CanonicalLines &left, const CanonicalLines &right)
{
    AlignedRows out;
    const SideBySide sides = sideBySide(left.text(), right.text());
    out.tooLarge = sides.tooLarge;
    for (const Row &row : sides.rows) {
        AlignedRow one;
        one.kind = row.kind;
        one.leftLine = row.leftLine;
        one.rightLine = row.rightLine;
        out.append(one);
    }
    out.finish();
    return out;
}

} // namespace Orgtrace::Compare
