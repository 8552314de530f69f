#include "compare/canonicallines.h"

#include "json/pointer.h"
#include "json/text.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace Orgtrace::Compare {

namespace {

constexpr size_t MostElements = 4'000'000; // a longer list is shown, but not matched by elements
constexpr char IdMember[] = "    \"id\": "; // of an element of the outermost list
constexpr qsizetype IdMemberLength = sizeof IdMember - 1;

} // namespace

CanonicalLines::CanonicalLines(QByteArray text) : m_text(std::move(text))
{
    const qsizetype size = m_text.size();
    if (size >= qsizetype(std::numeric_limits<quint32>::max()))
        return;
    m_isList = m_text.startsWith("[\n");
    m_starts.reserve(size_t(size / 28 + 16));
    const char *const data = m_text.constData();
    for (qsizetype at = 0; at < size;) {
        m_starts.push_back(quint32(at));
        const char *const line = data + at;
        const auto *found = static_cast<const char *>(std::memchr(line, '\n', size_t(size - at)));
        const qsizetype end = found ? found - data : size;
        const qsizetype length = end - at;
        m_longest = std::max(m_longest, length);
        if (m_isList && length >= 3 && line[0] == ' ' && line[1] == ' ') {
            if (line[2] != ' ') {
                if (line[2] != '}' && line[2] != ']')
                    m_elements.push_back({quint32(m_starts.size()), 1, 0, 0});
                else if (!m_elements.empty())
                    m_elements.back().lines = quint32(m_starts.size()) - m_elements.back().line + 1;
            } else if (length > IdMemberLength && !m_elements.empty() && std::memcmp(line, IdMember, size_t(IdMemberLength)) == 0) {
                m_elements.back().idAt = quint32(at + IdMemberLength);
                m_elements.back().idLength = quint32(length - IdMemberLength - (line[length - 1] == ',' ? 1 : 0));
            }
        }
        at = end + 1;
    }
    if (m_elements.size() > MostElements || !m_isList) {
        m_isList = false;
        m_elements.clear();
        m_elements.shrink_to_fit();
    }
}

std::pair<qsizetype, qsizetype> CanonicalLines::range(int line) const
{
    if (line < 1 || line > count())
        return {0, 0};
    const qsizetype start = m_starts[size_t(line) - 1];
    qsizetype end = line < count() ? qsizetype(m_starts[size_t(line)]) - 1 : m_text.size();
    if (line == count() && end > start && m_text[end - 1] == '\n')
        --end;
    return {start, end - start};
}

QByteArrayView CanonicalLines::bytes(int line) const
{
    const auto [start, length] = range(line);
    return QByteArrayView(m_text).sliced(start, length);
}

QString CanonicalLines::line(int line) const
{
    return QString::fromUtf8(bytes(line));
}

QByteArrayView CanonicalLines::between(int first, int last) const
{
    if (first < 1 || last < first || last > count())
        return {};
    const auto [end, length] = range(last);
    const qsizetype start = range(first).first;
    const QByteArrayView all = QByteArrayView(m_text).sliced(start, end + length - start);
    return all.endsWith(',') ? all.chopped(1) : all;
}

int CanonicalLines::indent(int line) const
{
    const QByteArrayView text = bytes(line);
    qsizetype at = 0;
    while (at < text.size() && text[at] == ' ')
        ++at;
    return int(at);
}

char CanonicalLines::opens(int line) const
{
    const QByteArrayView text = bytes(line);
    if (text.isEmpty() || (text.back() != '{' && text.back() != '['))
        return 0;
    return text.back(); // a string ends with its quote
}

bool CanonicalLines::closes(int line) const
{
    const QByteArrayView text = bytes(line);
    const int at = indent(line);
    return at < text.size() && (text[at] == '}' || text[at] == ']');
}

QByteArrayView CanonicalLines::key(int line) const
{
    const QByteArrayView text = bytes(line).sliced(indent(line));
    if (text.isEmpty() || text.front() != '"')
        return {};
    qsizetype end = 1;
    while (end < text.size() && text[end] != '"')
        end += text[end] == '\\' ? 2 : 1;
    return end + 1 < text.size() && text[end + 1] == ':' ? text.sliced(1, end - 1) : QByteArrayView();
}

int CanonicalLines::end(int line) const
{
    if (!opens(line))
        return line;
    const int depth = indent(line);
    if (const int element = depth == 2 ? elementOf(line) : -1; element >= 0)
        return line + int(m_elements[size_t(element)].lines) - 1;
    if (depth == 0)
        return count();
    for (int at = line + 1; at <= count(); ++at) {
        const auto [start, length] = range(at);
        // Only the byte behind the indentation tells: what is deeper has a blank there.
        if (length <= depth || m_text[start + depth] != ' ')
            return at;
    }
    return count();
}

int CanonicalLines::elementOf(int line) const
{
    const auto after = std::ranges::upper_bound(m_elements, quint32(std::max(0, line)), {}, &Element::line);
    if (after == m_elements.begin())
        return -1;
    const Element &element = *(after - 1);
    return quint32(line) < element.line + element.lines ? int(after - m_elements.begin()) - 1 : -1;
}

std::vector<CanonicalLines::Step> CanonicalLines::steps(int line) const
{
    std::vector<Step> out;
    if (line < 1 || line > count())
        return out;
    int depth = indent(line);
    if (closes(line)) {
        // The same indentation further up is where it begins.
        for (--line; line > 0 && indent(line) > depth; --line) { }
    }
    while (line > 0 && depth > 0) {
        Step step;
        step.line = line;
        const QByteArrayView name = key(line);
        int parent = line - 1;
        if (!name.isNull()) {
            step.token = decodedKey(name);
            while (parent > 0 && indent(parent) >= depth)
                --parent;
        } else {
            step.isIndex = true;
            const int element = depth == 2 ? elementOf(line) : -1;
            qint64 index = 0;
            if (element >= 0) {
                index = element;
                parent = 1;
            } else {
                for (; parent > 0 && indent(parent) >= depth; --parent) {
                    const bool begins = indent(parent) == depth && !closes(parent);
                    index += begins ? 1 : 0;
                }
            }
            step.token = QString::number(index);
        }
        out.push_back(std::move(step));
        line = parent;
        depth = line > 0 ? indent(line) : 0;
    }
    std::ranges::reverse(out);
    return out;
}

QString CanonicalLines::pointer(int line) const
{
    QString out;
    for (const auto those = steps(line); const Step &step : those)
        out += u'/' + Json::pointerToken(step.token);
    return out;
}

int CanonicalLines::lineOf(const QString &pointer) const
{
    if (pointer.isEmpty())
        return count() > 0 ? 1 : 0;
    const Result<QStringList> tokens = Json::parsePointer(pointer);
    if (!tokens)
        return 0;
    int line = 1;
    for (qsizetype depth = 0; depth < tokens->size(); ++depth) {
        const char kind = opens(line);
        if (!kind)
            return 0;
        const QString &token = tokens->at(depth);
        bool isNumber = false;
        const qint64 wanted = token.toLongLong(&isNumber);
        if (kind == '[' && (!isNumber || wanted < 0 || QString::number(wanted) != token))
            return 0;
        if (kind == '[' && line == 1 && m_isList) {
            if (wanted >= qint64(m_elements.size()))
                return 0;
            line = int(m_elements[size_t(wanted)].line);
            continue;
        }
        const int inner = indent(line) + 2;
        const int last = end(line);
        int found = 0;
        qint64 index = 0;
        for (int at = line + 1; at < last && !found; ++at) {
            if (indent(at) != inner || closes(at))
                continue;
            if (kind == '[' ? index++ == wanted : decodedKey(key(at)) == token)
                found = at;
        }
        if (!found)
            return 0;
        line = found;
    }
    return line;
}

QStringList CanonicalLines::childTokens(int line, int most) const
{
    QStringList out;
    const char kind = opens(line);
    if (!kind)
        return out;
    if (kind == '[' && line == 1 && m_isList) {
        for (int i = 0; i < int(std::min<size_t>(m_elements.size(), size_t(most))); ++i)
            out.append(QString::number(i));
        return out;
    }
    const int inner = indent(line) + 2;
    const int last = end(line);
    qint64 index = 0;
    for (int at = line + 1; at < last && out.size() < most; ++at) {
        if (indent(at) != inner || closes(at))
            continue;
        out.append(kind == '[' ? QString::number(index++) : decodedKey(key(at)));
    }
    return out;
}

} // namespace Orgtrace::Compare
