#include "diff/foldedrows.h"

#include <algorithm>

namespace Orgtrace::Ui {

using Compare::RowKind;
using Compare::RowRun;

FoldedRows::FoldedRows(const Compare::AlignedRows &rows)
{
    const std::vector<RowRun> &runs = rows.runs();
    const bool anyChange = std::ranges::any_of(runs, [](const RowRun &run) { return run.first.isMarked(); });
    if (!anyChange || rows.tooLarge) {
        for (const RowRun &run : runs) {
            add(run.row, run.count, false, run.first.kind == RowKind::Changed);
        }
        renumber();
        return;
    }
    for (size_t i = 0; i < runs.size();) {
        if (runs[i].first.isMarked()) {
            add(runs[i].row, runs[i].count, false, runs[i].first.kind == RowKind::Changed);
            ++i;
            continue;
        }
        const int row = runs[i].row;
        int end = row;
        for (; i < runs.size() && !runs[i].first.isMarked(); ++i) {
            end = runs[i].row + runs[i].count;
        }
        const int before = row == 0 ? 0 : Context;
        const int after = end == rows.size() ? 0 : Context;
        const int hidden = end - row - before - after;
        if (hidden < Least) {
            add(row, end - row, false, false);
        } else {
            add(row, before, false, false);
            add(row + before, hidden, true, false);
            add(end - after, after, false, false);
        }
    }
    renumber();
}

void FoldedRows::add(int row, int count, bool folded, bool changed)
{
    if (count <= 0) {
        return;
    }
    if (!folded && !changed && !m_segments.empty() && !m_segments.back().folded && !m_segments.back().isChanged) {
        m_segments.back().rows += count;
    } else {
        m_segments.push_back({row, count, 0, folded, changed});
    }
}

void FoldedRows::renumber()
{
    m_count = 0;
    for (Segment &segment : m_segments) {
        segment.start = m_count;
        m_count += segment.folded ? 1 : isDoubled(segment) ? 2 * segment.rows : segment.rows;
    }
}

size_t FoldedRows::segmentOfItem(int index) const
{
    const auto after = std::ranges::upper_bound(m_segments, index, {}, &Segment::start);
    return size_t(after - m_segments.begin()) - 1;
}

FoldedRows::Item FoldedRows::item(int index) const
{
    Q_ASSERT(index >= 0 && index < m_count);
    const Segment &segment = m_segments[segmentOfItem(index)];
    if (segment.folded) {
        return {segment.row, segment.rows, Shows::Both};
    }
    const int offset = index - segment.start;
    if (!isDoubled(segment)) {
        return {segment.row + offset, 0, Shows::Both};
    }
    return offset < segment.rows ? Item{segment.row + offset, 0, Shows::Old} : Item{segment.row + offset - segment.rows, 0, Shows::New};
}

int FoldedRows::indexOfRow(int row, Shows shows) const
{
    if (m_segments.empty()) {
        return -1;
    }
    const auto after = std::ranges::upper_bound(m_segments, row, {}, &Segment::row);
    const Segment &segment = *(after == m_segments.begin() ? after : after - 1);
    const int offset = std::clamp(row - segment.row, 0, segment.rows - 1);
    return segment.folded ? segment.start : segment.start + offset + (isDoubled(segment) && shows == Shows::New ? segment.rows : 0);
}

bool FoldedRows::hasFolds() const
{
    return std::ranges::any_of(m_segments, &Segment::folded);
}

void FoldedRows::unfold(int index)
{
    if (index >= 0 && index < m_count) {
        m_segments[segmentOfItem(index)].folded = false;
        renumber();
    }
}

void FoldedRows::unfoldSome(int index, bool fromTop, int rows)
{
    if (index < 0 || index >= m_count) {
        return;
    }
    const size_t at = segmentOfItem(index);
    Segment &segment = m_segments[at];
    if (!segment.folded || rows <= 0) {
        return;
    }
    if (segment.rows < rows + Least) {
        segment.folded = false; // what would remain is not worth a fold
    } else if (fromTop) {
        const Segment shown{segment.row, rows, 0, false, false};
        segment.row += rows;
        segment.rows -= rows;
        m_segments.insert(m_segments.begin() + qsizetype(at), shown);
    } else {
        segment.rows -= rows;
        const Segment shown{segment.row + segment.rows, rows, 0, false, false};
        m_segments.insert(m_segments.begin() + qsizetype(at) + 1, shown);
    }
    renumber();
}

void FoldedRows::reveal(int row)
{
    const int index = indexOfRow(row);
    if (index >= 0 && item(index).folded > 0) {
        unfold(index);
    }
}

void FoldedRows::unfoldAll()
{
    for (Segment &segment : m_segments) {
        segment.folded = false;
    }
    renumber();
}

void FoldedRows::setOneColumn(bool on)
{
    m_oneColumn = on;
    renumber();
}

// -- ruler ------------------------------------------------------------------------------------------------------------------

QList<RulerMark> rulerMarks(const Compare::AlignedRows &rows, const FoldedRows &folded, int height, int least)
{
    QList<RulerMark> marks;
    const qint64 items = folded.count();
    if (items == 0 || height <= 0) {
        return marks;
    }
    for (const RowRun &run : rows.runs()) {
        if (!run.first.isMarked() || !run.first.counts) {
            continue;
        }
        const RowKind kind = run.first.kind;
        const qint64 first = folded.indexOfRow(run.row);
        const qint64 last = folded.indexOfRow(run.row + run.count - 1, FoldedRows::Shows::New) + 1;
        int top = int(first * height / items);
        const int size = std::max(least, int(last * height / items) - top);
        top = std::max(0, std::min(top, height - size));
        if (!marks.isEmpty() && marks.last().kind == kind && top <= marks.last().top + marks.last().height) {
            marks.last().height = std::max(marks.last().height, top + size - marks.last().top);
        } else {
            marks.append({top, size, kind});
        }
    }
    return marks;
}

} // namespace Orgtrace::Ui
