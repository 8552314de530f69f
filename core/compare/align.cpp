#include "compare/align.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace Orgtrace::Compare {

namespace {

constexpr int MaxEdits = 1500; // the trace of furthest points is quadratic in this: 9 MB
constexpr int MaxNesting = 8; // of anchors between anchors

using Symbols = std::span<const quint64>;

/// Where each symbol of one sequence stands, if it stands there once; in one block of memory, because long texts miss the cache with every look-up.
class Places
{
public:
    static constexpr int Missing = -1, Many = -2;
    struct Entry {
        quint64 symbol = 0;
        int left = Missing, right = Missing;
    };

    explicit Places(Symbols left) :
        m_entries(std::bit_ceil(std::max<size_t>(left.size() + left.size() / 2, 2))), m_shift(64 - std::countr_zero(m_entries.size()))
    {
        for (int i = 0; i < int(left.size()); ++i) {
            Entry &entry = find(left[size_t(i)]);
            entry.symbol = left[size_t(i)];
            entry.left = entry.left == Missing ? i : Many;
        }
    }

    /// That of the symbol, or the empty one where it would be.
    Entry &find(quint64 symbol)
    {
        size_t at = ((symbol ^ m_seed) * 0x9e3779b97f4a7c15ULL) >> m_shift;
        while (m_entries[at].left != Missing && m_entries[at].symbol != symbol)
            at = (at + 1) & (m_entries.size() - 1);
        return m_entries[at];
    }

private:
    std::vector<Entry> m_entries;
    int m_shift;
    quint64 m_seed = quintptr(m_entries.data()); // nobody can choose symbols that meet
};

/// Positions on the left of symbols occurring once there and once on the right, with the right position.
std::vector<std::pair<int, int>> uniqueCommon(Symbols left, Symbols right)
{
    Places places(left);
    for (int j = 0; j < int(right.size()); ++j) {
        if (Places::Entry &entry = places.find(right[size_t(j)]); entry.left != Places::Missing)
            entry.right = entry.right == Places::Missing ? j : Places::Many;
    }
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i < int(left.size()); ++i) {
        const Places::Entry &entry = places.find(left[size_t(i)]);
        if (entry.left == i && entry.right >= 0)
            pairs.emplace_back(i, entry.right);
    }
    return pairs;
}

/// Keeps of pairs (rising on the left) the longest part that rises on the right too.
std::vector<std::pair<int, int>> risingPart(const std::vector<std::pair<int, int>> &pairs)
{
    std::vector<int> rights;
    rights.reserve(pairs.size());
    for (const auto &[i, j] : pairs)
        rights.push_back(j);
    std::vector<std::pair<int, int>> kept;
    for (const int index : longestRising(rights))
        kept.push_back(pairs[size_t(index)]);
    return kept;
}

/// The n-th occurrence here with the n-th occurrence there, as far as they rise.
std::vector<std::pair<int, int>> byOccurrence(Symbols left, Symbols right)
{
    std::unordered_map<quint64, std::vector<int>> places; // right positions, last first
    places.reserve(right.size());
    for (int j = int(right.size()) - 1; j >= 0; --j)
        places[right[size_t(j)]].push_back(j);
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i < int(left.size()); ++i) {
        const auto found = places.find(left[size_t(i)]);
        if (found == places.end() || found->second.empty())
            continue;
        pairs.emplace_back(i, found->second.back());
        found->second.pop_back();
    }
    return risingPart(pairs);
}

class Aligner
{
public:
    Aligner(Symbols left, Symbols right, AlignBudget &budget, Alignment &out) : m_left(left), m_right(right), m_budget(budget), m_out(out)
    {
    }

    void run(int leftFrom, int leftTo, int rightFrom, int rightTo, int nesting)
    {
        while (leftFrom < leftTo && rightFrom < rightTo && m_left[size_t(leftFrom)] == m_right[size_t(rightFrom)])
            m_out.emplace_back(leftFrom++, rightFrom++);
        int tail = 0;
        while (leftFrom < leftTo - tail && rightFrom < rightTo - tail
               && m_left[size_t(leftTo) - size_t(tail) - 1] == m_right[size_t(rightTo) - size_t(tail) - 1])
            ++tail;
        leftTo -= tail;
        rightTo -= tail;
        if (leftFrom < leftTo && rightFrom < rightTo && !myers(leftFrom, leftTo, rightFrom, rightTo))
            fallBack(leftFrom, leftTo, rightFrom, rightTo, nesting);
        for (int k = 0; k < tail; ++k)
            m_out.emplace_back(leftTo + k, rightTo + k);
    }

private:
    void fallBack(int leftFrom, int leftTo, int rightFrom, int rightTo, int nesting)
    {
        const Symbols left = m_left.subspan(size_t(leftFrom), size_t(leftTo) - size_t(leftFrom));
        const Symbols right = m_right.subspan(size_t(rightFrom), size_t(rightTo) - size_t(rightFrom));
        const auto anchors = nesting < MaxNesting ? risingPart(uniqueCommon(left, right)) : std::vector<std::pair<int, int>>();
        if (anchors.empty()) {
            for (const auto &[i, j] : byOccurrence(left, right))
                m_out.emplace_back(leftFrom + i, rightFrom + j);
            return;
        }
        int i = leftFrom, j = rightFrom;
        for (const auto &[anchorLeft, anchorRight] : anchors) {
            run(i, leftFrom + anchorLeft, j, rightFrom + anchorRight, nesting + 1);
            m_out.emplace_back(leftFrom + anchorLeft, rightFrom + anchorRight);
            i = leftFrom + anchorLeft + 1;
            j = rightFrom + anchorRight + 1;
        }
        run(i, leftTo, j, rightTo, nesting + 1);
    }

    /// Appends the longest common subsequence; false, with nothing appended, where it would cost too much.
    bool myers(int leftFrom, int leftTo, int rightFrom, int rightTo)
    {
        const int n = leftTo - leftFrom, m = rightTo - rightFrom;
        const int most = std::min(n + m, MaxEdits);
        std::vector<std::vector<int>> trace; // of round d: furthest x on diagonals -d..d, every second one
        std::vector<int> furthest(size_t(2 * most + 3), 0);
        const int zero = most + 1;
        const qint64 floor = m_budget.steps / 2; // a failure leaves something for the pieces between anchors
        for (int d = 0; d <= most; ++d) {
            for (int k = -d; k <= d; k += 2) {
                const bool down = k == -d || (k != d && furthest[size_t(zero) + size_t(k) - 1] < furthest[size_t(zero) + size_t(k) + 1]);
                int x = down ? furthest[size_t(zero) + size_t(k) + 1] : furthest[size_t(zero) + size_t(k) - 1] + 1;
                if (d == 0)
                    x = 0;
                int y = x - k;
                const int start = x;
                while (x < n && y < m && m_left[size_t(leftFrom) + size_t(x)] == m_right[size_t(rightFrom) + size_t(y)])
                    ++x, ++y;
                furthest[size_t(zero) + size_t(k)] = x;
                m_budget.steps -= 1 + (x - start);
                if (k == n - m && x >= n) {
                    walkBack(trace, d, k, x, leftFrom, rightFrom);
                    return true;
                }
            }
            if (m_budget.steps <= floor)
                return false;
            std::vector<int> round;
            round.reserve(size_t(d) + 1);
            for (int k = -d; k <= d; k += 2)
                round.push_back(furthest[size_t(zero) + size_t(k)]);
            trace.push_back(std::move(round));
        }
        return false;
    }

    void walkBack(const std::vector<std::vector<int>> &trace, int d, int k, int x, int leftFrom, int rightFrom)
    {
        const auto at = [&trace](int round, int diagonal) { return trace[size_t(round)][size_t((diagonal + round) / 2)]; };
        const size_t first = m_out.size();
        for (; d > 0; --d) {
            const bool down = k == -d || (k != d && at(d - 1, k - 1) < at(d - 1, k + 1));
            const int previous = down ? k + 1 : k - 1;
            const int previousX = at(d - 1, previous);
            const int snakeStart = down ? previousX : previousX + 1;
            for (; x > snakeStart; --x)
                m_out.emplace_back(leftFrom + x - 1, rightFrom + x - 1 - k);
            x = previousX;
            k = previous;
        }
        for (; x > 0; --x)
            m_out.emplace_back(leftFrom + x - 1, rightFrom + x - 1);
        std::reverse(m_out.begin() + qsizetype(first), m_out.end());
    }

    Symbols m_left, m_right;
    AlignBudget &m_budget;
    Alignment &m_out;
};

} // namespace

std::vector<int> longestRising(std::span<const int> values)
{
    std::vector<int> tails; // index of the smallest end of a rising run of each length
    std::vector<int> before(values.size(), -1);
    for (int i = 0; i < int(values.size()); ++i) {
        const auto place = std::lower_bound(tails.begin(), tails.end(), values[size_t(i)],
                                            [&values](int index, int value) { return values[size_t(index)] < value; });
        if (place != tails.begin())
            before[size_t(i)] = *(place - 1);
        if (place == tails.end())
            tails.push_back(i);
        else
            *place = i;
    }
    std::vector<int> run(tails.size());
    int at = tails.empty() ? -1 : tails.back();
    for (size_t k = tails.size(); k-- > 0; at = before[size_t(at)])
        run[k] = at;
    return run;
}

Alignment align(std::span<const quint64> left, std::span<const quint64> right, AlignBudget &budget)
{
    Alignment out;
    out.reserve(std::min(left.size(), right.size()));
    Aligner(left, right, budget, out).run(0, int(left.size()), 0, int(right.size()), 0);
    return out;
}

} // namespace Orgtrace::Compare
