#include "json/text.h"

#include <QByteArray>
#include <QChar>

namespace Orgtrace::Json {

namespace {
bool isLoneSurrogateAt(std::string_view text, size_t at)
{
    return at + 2 < text.size() && static_cast<unsigned char>(text[at]) == 0xED && static_cast<unsigned char>(text[at + 1]) >= 0xA0;
}
} // namespace

QString toQString(std::string_view utf8)
{
    QString out;
    size_t done = 0;
    for (size_t at = utf8.find('\xED'); at != std::string_view::npos; at = utf8.find('\xED', at + 1)) {
        if (!isLoneSurrogateAt(utf8, at))
            continue;
        out += QString::fromUtf8(utf8.data() + done, static_cast<qsizetype>(at - done));
        const auto middle = static_cast<unsigned char>(utf8[at + 1]) & 0x3FU;
        const auto low = static_cast<unsigned char>(utf8[at + 2]) & 0x3FU;
        out += QChar(static_cast<char16_t>(0xD000U | (middle << 6) | low));
        done = at + 3;
        at += 2;
    }
    if (done == 0)
        return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
    return out + QString::fromUtf8(utf8.data() + done, static_cast<qsizetype>(utf8.size() - done));
}

std::string toUtf8(QStringView text)
{
    std::string out;
    qsizetype done = 0;
    for (qsizetype at = 0; at < text.size(); ++at) {
        const QChar unit = text[at];
        if (!unit.isSurrogate())
            continue;
        if (unit.isHighSurrogate() && at + 1 < text.size() && text[at + 1].isLowSurrogate()) {
            ++at;
            continue;
        }
        const QByteArray before = text.sliced(done, at - done).toUtf8();
        out.append(before.constData(), static_cast<size_t>(before.size()));
        const char16_t code = unit.unicode();
        out += '\xED';
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
        done = at + 1;
    }
    const QByteArray rest = text.sliced(done).toUtf8();
    out.append(rest.constData(), static_cast<size_t>(rest.size()));
    return out;
}

} // namespace Orgtrace::Json
