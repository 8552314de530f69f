#include "diff/displaytext.h"

#include "theme/theme.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

/// What a reader could not see, or what would move the text around it.
bool isHidden(char32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
        return true;
    }
    if (c < 0x34f) {
        return c == 0xad;
    }
    return c == 0x34f || c == 0x61c || c == 0x115f || c == 0x1160 || c == 0x17b4 || c == 0x17b5 || (c >= 0x180b && c <= 0x180f)
        || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || c == 0xfeff
        || c == 0xffa0 || (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xd800 && c <= 0xdfff) || (c >= 0x1d173 && c <= 0x1d17a)
        || (c >= 0xe0000 && c <= 0xe0fff) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

QString symbolOf(char32_t c)
{
    if (c < 0x20) {
        return QString(QChar(ushort(0x2400 + c))); // control pictures: ␊ ␉ …
    }
    if (c == 0x7f) {
        return u"␡"_s;
    }
    return u"‹U+"_s + QString::number(uint(c), 16).toUpper().rightJustified(4, u'0') + u'›';
}

/// One code point at i; lone surrogates as themselves.
char32_t codePointAt(QStringView text, qsizetype i, int *units)
{
    *units = 1;
    const QChar c = text[i];
    if (c.isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
        *units = 2;
        return QChar::surrogateToUcs4(c, text[i + 1]);
    }
    return c.unicode();
}

bool needsSymbols(QStringView text)
{
    return std::ranges::any_of(text, [](QChar c) { return c.isSurrogate() || isHidden(c.unicode()); });
}

/// More combining marks than any script stacks would paint over neighbouring rows.
constexpr int MaxCombining = 4;

} // namespace

QString visibleText(const QString &text, qsizetype maxLength)
{
    QString out;
    out.reserve(std::min(text.size(), maxLength) + 1);
    int combining = 0;
    for (qsizetype i = 0; i < text.size();) {
        if (out.size() >= maxLength) {
            out += u'…';
            break;
        }
        int units = 1;
        const char32_t c = codePointAt(text, i, &units);
        combining = QChar::isMark(c) ? combining + 1 : 0;
        if (combining > MaxCombining || isHidden(c)) {
            out += symbolOf(c);
        } else {
            out += QStringView(text).sliced(i, units);
        }
        i += units;
    }
    return out;
}

bool isUuid(QStringView text)
{
    if (text.size() != 36) {
        return false;
    }
    for (int i = 0; i < 36; ++i) {
        const ushort c = text[i].unicode();
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return false;
        }
    }
    return true;
}

QString withNames(const QString &text, const std::function<QString(const QString &id)> &nameOf)
{
    QString out;
    for (qsizetype i = 0; i < text.size();) {
        const QStringView here = QStringView(text).sliced(i, std::min<qsizetype>(36, text.size() - i));
        if (isUuid(here)) {
            const QString name = nameOf ? nameOf(here.toString()) : QString();
            out += name.isEmpty() ? shortId(here.toString()) : name;
            i += 36;
        } else {
            out += text[i++];
        }
    }
    return out;
}

LineParts lineParts(QStringView line)
{
    LineParts parts;
    qsizetype at = 0;
    while (at < line.size() && line[at] == u' ') {
        ++at;
    }
    if (at < line.size() && line[at] == u'"') {
        qsizetype end = at + 1;
        while (end < line.size() && line[end] != u'"') {
            end += line[end] == u'\\' ? 2 : 1;
        }
        if (end + 1 < line.size() && line[end + 1] == u':') {
            parts.keyStart = int(at);
            parts.keyLength = int(end + 1 - at);
            at = end + 2;
            while (at < line.size() && line[at] == u' ') {
                ++at;
            }
        }
    }
    qsizetype end = line.size();
    if (end > at && line[end - 1] == u',') {
        --end;
    }
    parts.valueStart = int(at);
    parts.valueLength = int(end - at);
    return parts;
}

int DisplayLine::toDisplay(int source) const
{
    if (sourceOf.isEmpty()) {
        return std::clamp(source, 0, int(text.size()));
    }
    const auto found = std::ranges::lower_bound(sourceOf, source);
    return found == sourceOf.end() ? int(text.size()) : int(found - sourceOf.begin());
}

int DisplayLine::toSource(int display) const
{
    if (sourceOf.isEmpty()) {
        return std::clamp(display, 0, int(text.size()));
    }
    return sourceOf[std::clamp(display, 0, int(text.size()))];
}

DisplayLine displayLine(const QString &source, const DisplayOptions &options)
{
    DisplayLine line;
    const LineParts parts = lineParts(source);
    const QStringView value = QStringView(source).sliced(parts.valueStart, parts.valueLength);
    const bool quoted = value.size() >= 2 && value.front() == u'"' && value.back() == u'"';
    const QString id = quoted && value.size() <= 258 ? value.sliced(1, value.size() - 2).toString() : QString();
    const bool uuid = isUuid(id);
    QString name = !id.isEmpty() && options.nameOf ? visibleText(options.nameOf(id), 40) : QString();
    if (name == id) {
        name.clear();
    }
    if (!uuid && name.isEmpty() && !needsSymbols(source)) {
        line.text = source;
        return line;
    }

    const int idStart = parts.valueStart + 1;
    const int idEnd = idStart + int(id.size());
    const auto put = [&line](QStringView shown, int from) {
        line.text += shown;
        for (qsizetype k = 0; k < shown.size(); ++k) {
            line.sourceOf.append(from);
        }
    };
    int combining = 0;
    for (int i = 0; i < source.size();) {
        if (uuid && i == idStart) {
            const QString shortened = shortId(id);
            line.ids.append({int(line.text.size()), int(shortened.size()), id});
            put(shortened, i);
            i = idEnd;
            continue;
        }
        int units = 1;
        const char32_t c = codePointAt(source, i, &units);
        combining = QChar::isMark(c) ? combining + 1 : 0;
        if (combining > MaxCombining || isHidden(c)) {
            put(symbolOf(c), i);
        } else {
            for (int k = 0; k < units; ++k) {
                put(QStringView(source).sliced(i + k, 1), i + k);
            }
        }
        i += units;
        if (!name.isEmpty() && i == idEnd + 1) {
            const int columns = options.chipColumns ? options.chipColumns(name) : 0;
            if (columns > 0) {
                line.chips.append({int(line.text.size()), columns, name});
                put(QString(columns, QChar(0xa0)), i);
            }
        }
    }
    line.sourceOf.append(int(source.size()));
    return line;
}

} // namespace Orgtrace::Ui
