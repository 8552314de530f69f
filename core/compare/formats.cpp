#include "compare/formats.h"

#include "base/digest.h"
#include "compare/align.h"

#include <unordered_map>

using namespace Qt::StringLiterals;

namespace Orgtrace::Compare {

namespace {

std::vector<std::string_view> lines(const QByteArray &text)
{
    std::vector<std::string_view> out;
    std::string_view rest = view(text);
    while (!rest.empty()) {
        const size_t end = rest.find('\n');
        out.push_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return out;
}

} // namespace

QByteArray unifiedDiff(const QByteArray &oldText, const QByteArray &newText, const QString &oldName, const QString &newName)
{
    if (oldText == newText) {
        return {};
    }
    constexpr int context = 3;
    const std::vector<std::string_view> left = lines(oldText), right = lines(newText);
    // Symbols are interned, so that two lines agree exactly where their symbols do.
    std::unordered_map<std::string_view, quint64> symbols;
    const auto intern = [&symbols](const std::vector<std::string_view> &side) {
        std::vector<quint64> out;
        out.reserve(side.size());
        for (const std::string_view line : side) {
            out.push_back(symbols.try_emplace(line, symbols.size()).first->second);
        }
        return out;
    };
    const std::vector<quint64> leftSymbols = intern(left), rightSymbols = intern(right);
    AlignBudget budget;
    Alignment pairs = align(leftSymbols, rightSymbols, budget);
    pairs.emplace_back(static_cast<int>(left.size()), static_cast<int>(right.size()));

    struct Step {
        char sign;
        int line; ///< index on its side
        int leftAt, rightAt;
    };
    std::vector<Step> steps;
    int i = 0, j = 0;
    for (const auto &[l, r] : pairs) {
        for (; i < l; ++i) {
            steps.push_back({'-', i, i, j});
        }
        for (; j < r; ++j) {
            steps.push_back({'+', j, i, j});
        }
        if (l < static_cast<int>(left.size()) && r < static_cast<int>(right.size())) {
            steps.push_back({' ', l, i, j});
            ++i;
            ++j;
        }
    }
    const auto name = [](QString text) { return text.replace(u'\n', u'?').replace(u'\r', u'?').replace(u'\t', u'?').toUtf8(); };
    QByteArray out = "--- " + name(oldName) + "\n+++ " + name(newName) + '\n';
    const int count = static_cast<int>(steps.size());
    for (int at = 0; at < count;) {
        while (at < count && steps[size_t(at)].sign == ' ') {
            ++at;
        }
        if (at == count) {
            break;
        }
        const int first = std::max(0, at - context);
        int last = at; // one past the last changed step of this hunk
        for (int k = at; k < count && k - last <= 2 * context; ++k) {
            if (steps[size_t(k)].sign != ' ') {
                last = k + 1;
            }
        }
        const int end = std::min(count, last + context);
        int leftCount = 0, rightCount = 0;
        for (int k = first; k < end; ++k) {
            leftCount += steps[size_t(k)].sign != '+';
            rightCount += steps[size_t(k)].sign != '-';
        }
        const Step &start = steps[size_t(first)];
        const auto range = [](int from, int length) -> QByteArray {
            return QByteArray::number(length == 0 ? from : from + 1) + (length == 1 ? QByteArray() : ',' + QByteArray::number(length));
        };
        out += "@@ -" + range(start.leftAt, leftCount) + " +" + range(start.rightAt, rightCount) + " @@\n";
        for (int k = first; k < end; ++k) {
            const Step &step = steps[size_t(k)];
            const std::string_view text = step.sign == '+' ? right[size_t(step.line)] : left[size_t(step.line)];
            out += step.sign;
            out.append(text.data(), qsizetype(text.size()));
            out += '\n';
        }
        at = end;
    }
    return out;
}

Catalogue::DomainRules fileRules()
{
    Catalogue::DomainRules rules;
    rules.name = u"file"_s;
    rules.identities.insert(u"**"_s, u"id"_s);
    rules.unordered = {u"**"_s};
    return rules;
}

} // namespace Orgtrace::Compare
