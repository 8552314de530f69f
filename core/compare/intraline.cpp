#include "compare/intraline.h"

#include <algorithm>
#include <vector>

namespace Orgtrace::Compare {

namespace {

bool isWord(QChar c)
{
    return c.isLetterOrNumber() || c.isMark() || c == u'_' || c.isSurrogate();
}

/// Cuts a line into words, runs of blanks, and single other characters: start of each, and the end.
std::vector<int> tokens(QStringView line)
{
    std::vector<int> starts;
    for (int at = 0; at < line.size();) {
        starts.push_back(at);
        const QChar first = line[at++];
        if (isWord(first)) {
            while (at < line.size() && isWord(line[at]))
                ++at;
        } else if (first.isSpace()) {
            while (at < line.size() && line[at].isSpace())
                ++at;
        }
    }
    starts.push_back(int(line.size()));
    return starts;
}

std::vector<quint64> symbols(QStringView line, const std::vector<int> &starts)
{
    std::vector<quint64> out;
    out.reserve(starts.size());
    for (size_t i = 0; i + 1 < starts.size(); ++i)
        out.push_back(qHash(line.sliced(starts[i], starts[i + 1] - starts[i])));
    return out;
}

QList<Mark> unmatched(const std::vector<int> &starts, const std::vector<bool> &matched)
{
    QList<Mark> marks;
    for (size_t i = 0; i < matched.size(); ++i) {
        if (matched[i])
            continue;
        if (!marks.isEmpty() && marks.last().start + marks.last().length == starts[i])
            marks.last().length = starts[i + 1] - marks.last().start;
        else
            marks.append({starts[i], starts[i + 1] - starts[i]});
    }
    return marks;
}

} // namespace

LineMarks markLine(QStringView left, QStringView right, AlignBudget &budget)
{
    const std::vector<int> mine = tokens(left), theirs = tokens(right);
    std::vector<bool> kept(mine.size() - 1), keptThere(theirs.size() - 1);
    AlignBudget share{std::min<qint64>(budget.steps, 200'000)};
    const qint64 before = share.steps;
    const Alignment aligned = align(symbols(left, mine), symbols(right, theirs), share);
    budget.steps -= before - share.steps + qint64(mine.size() + theirs.size());
    for (const auto &[i, j] : aligned) {
        // Symbols are hashes: a pair counts only if the words are the same.
        const auto here = left.sliced(mine[size_t(i)], mine[size_t(i) + 1] - mine[size_t(i)]);
        const auto there = right.sliced(theirs[size_t(j)], theirs[size_t(j) + 1] - theirs[size_t(j)]);
        if (here == there)
            kept[size_t(i)] = keptThere[size_t(j)] = true;
    }
    return {unmatched(mine, kept), unmatched(theirs, keptThere)};
}

double lineLikeness(QByteArrayView left, QByteArrayView right)
{
    const auto bare = [](QByteArrayView line) {
        QByteArrayView out = line.trimmed();
        return out.endsWith(',') ? out.chopped(1) : out;
    };
    const QByteArrayView a = bare(left), b = bare(right);
    const qsizetype shorter = std::min(a.size(), b.size()), longer = std::max(a.size(), b.size());
    if (longer == 0)
        return 1;
    qsizetype begin = 0;
    while (begin < shorter && a[begin] == b[begin])
        ++begin;
    qsizetype end = 0;
    while (end < shorter - begin && a[a.size() - 1 - end] == b[b.size() - 1 - end])
        ++end;
    const double share = double(begin + end) / double(longer);
    // The same member on both sides: `"key": ` up to the colon is common.
    const qsizetype colon = a.startsWith('"') ? a.indexOf("\": ") : -1;
    if (colon > 0 && begin >= colon + 3)
        return std::max(share, 0.6);
    // A different member is another setting, however alike the values look.
    if (colon > 0 && b.startsWith('"') && b.indexOf("\": ") > 0)
        return share * 0.5;
    return share;
}

} // namespace Orgtrace::Compare
