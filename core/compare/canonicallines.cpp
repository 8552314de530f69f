#include "compare/canonicallines.h"
#include "compare/sidebyside.h"

#include "json/pointer.h"
#include "json/text.h"

#include <string>
#include <vector>

namespace Orgtrace::Compare {

namespace {

/// Reads canonical text line by line, keeping where it stands. Text that is not canonical gives poor answers, never trouble.
class LineWalk
{
public:
    explicit LineWalk(const QByteArray &text) : m_text(text) { }

    /// Moves to the next line; false at the end.
    bool next()
    {
        if (m_closing && !m_steps.empty())
            m_steps.pop_back();
        m_closing = false;
        if (m_at >= m_text.size())
            return false;
        qsizetype end = m_text.indexOf('\n', m_at);
        if (end < 0)
            end = m_text.size();
        QByteArrayView line = QByteArrayView(m_text).sliced(m_at, end - m_at).trimmed();
        m_at = end + 1;
        m_begins = false;
        if (line.startsWith('}') || line.startsWith(']')) {
            // Stays at the container it closes; the step to it is dropped with the next line.
            if (!m_open.empty())
                m_open.pop_back();
            m_closing = true;
            return true;
        }
        m_begins = true;
        if (!m_open.empty()) {
            Container &parent = m_open.back();
            Step step;
            if (parent.isArray) {
                step.index = parent.next++;
            } else if (line.startsWith('"')) {
                const qsizetype close = endOfString(line);
                step.key = line.sliced(1, std::max<qsizetype>(close - 1, 0));
                line = line.sliced(std::min(close + 1, line.size()));
                if (line.startsWith(':'))
                    line = line.sliced(1).trimmed();
            }
            m_steps.push_back(step);
        }
        if (line == "{" || line == "[")
            m_open.push_back({line == "["});
        else
            m_closing = !m_open.empty();
        return true;
    }

    [[nodiscard]] bool begins() const { return m_begins; }
    [[nodiscard]] size_t depth() const { return m_steps.size(); }
    [[nodiscard]] QString token(size_t at) const
    {
        const Step &step = m_steps[at];
        return step.index >= 0 ? QString::number(step.index) : decodedKey(step.key);
    }

private:
    struct Container {
        bool isArray = false;
        qint64 next = 0;
    };
    struct Step {
        QByteArrayView key;
        qint64 index = -1;
    };

    static qsizetype endOfString(QByteArrayView line)
    {
        qsizetype at = 1;
        while (at < line.size() && line[at] != '"')
            at += line[at] == '\\' ? 2 : 1;
        return std::min(at, line.size());
    }

    const QByteArray &m_text;
    qsizetype m_at = 0;
    bool m_closing = false, m_begins = false;
    std::vector<Container> m_open;
    std::vector<Step> m_steps;
};

} // namespace

QString decodedKey(QByteArrayView key)
{
    if (!key.contains('\\'))
        return Json::toQString({key.data(), size_t(key.size())});
    QString out;
    qsizetype from = 0;
    for (qsizetype at = 0; at < key.size();) {
        if (key[at] != '\\' || at + 1 >= key.size()) {
            ++at;
            continue;
        }
        out += Json::toQString({key.data() + from, size_t(at - from)});
        const char what = key[at + 1];
        at += 2;
        switch (what) {
        case 'b': out += u'\b'; break;
        case 'f': out += u'\f'; break;
        case 'n': out += u'\n'; break;
        case 'r': out += u'\r'; break;
        case 't': out += u'\t'; break;
        case 'u':
            out += QChar(char16_t(key.sliced(at, std::min<qsizetype>(4, key.size() - at)).toUShort(nullptr, 16)));
            at = std::min(at + 4, key.size());
            break;
        default: out += QLatin1Char(what);
        }
        from = at;
    }
    return out + Json::toQString({key.data() + from, size_t(key.size() - from)});
}

QString pointerOfLine(const QByteArray &canonicalText, int line)
{
    LineWalk walk(canonicalText);
    for (int at = 0; at < line; ++at) {
        if (!walk.next())
            return {};
    }
    QString pointer;
    for (size_t at = 0; line > 0 && at < walk.depth(); ++at)
        pointer += u'/' + Json::pointerToken(walk.token(at));
    return pointer;
}

QStringList pointersOfLines(const QByteArray &canonicalText, const std::vector<int> &lines)
{
    QStringList pointers;
    pointers.reserve(qsizetype(lines.size()));
    LineWalk walk(canonicalText);
    int at = 0;
    for (const int line : lines) {
        bool isThere = true;
        for (; at < line && isThere; ++at)
            isThere = walk.next();
        QString pointer;
        for (size_t depth = 0; isThere && line > 0 && depth < walk.depth(); ++depth)
            pointer += u'/' + Json::pointerToken(walk.token(depth));
        pointers.append(pointer);
    }
    return pointers;
}

int lineOfPointer(const QByteArray &canonicalText, const QString &pointer)
{
    if (!pointer.isEmpty() && !pointer.startsWith(u'/'))
        return 0;
    QStringList tokens = pointer.isEmpty() ? QStringList() : pointer.sliced(1).split(u'/');
    for (QString &token : tokens)
        token.replace(QLatin1StringView("~1"), QLatin1StringView("/")).replace(QLatin1StringView("~0"), QLatin1StringView("~"));
    LineWalk walk(canonicalText);
    size_t fits = 0; // leading tokens of the walk's place that are the wanted ones
    for (int line = 1; walk.next(); ++line) {
        if (!walk.begins())
            continue;
        const size_t depth = walk.depth();
        if (depth == 0) {
            if (tokens.isEmpty())
                return line;
            continue;
        }
        fits = std::min(fits, depth - 1);
        if (fits == depth - 1 && qsizetype(depth) <= tokens.size() && walk.token(depth - 1) == tokens[qsizetype(depth) - 1]) {
            fits = depth;
            if (qsizetype(depth) == tokens.size())
                return line;
        }
    }
    return 0;
}

} // namespace Orgtrace::Compare
