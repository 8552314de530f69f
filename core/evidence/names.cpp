#include "evidence/wire.h"

#include "base/digest.h"
#include "evidence/store.h"

#include <cstring>

// Ids become file names here, and only here: nothing but [A-Za-z0-9_-], '%' and '~' ever reaches a tree or a ref.
namespace Orgtrace::Evidence {

namespace {

constexpr std::array<bool, 256> Safe = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool isSafe(unsigned char c)
{
    return Safe[c];
}

int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F') // upper case only: one id, one name
        return c - 'A' + 10;
    return -1;
}

std::optional<QByteArray> decodedName(std::string_view name)
{
    if (name.empty() || name.find('~') != std::string_view::npos)
        return std::nullopt;
    if (name == "_")
        return QByteArray("");
    QByteArray out;
    out.reserve(static_cast<qsizetype>(name.size()));
    for (size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '%') {
            if (!isSafe(static_cast<unsigned char>(name[i])))
                return std::nullopt;
            out += name[i];
            continue;
        }
        if (i + 2 >= name.size())
            return std::nullopt;
        const int high = hexValue(name[i + 1]), low = hexValue(name[i + 2]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

} // namespace

std::optional<ObjectId> objectId(std::string_view raw20)
{
    ObjectId id;
    if (raw20.size() != id.size())
        return std::nullopt;
    std::memcpy(id.data(), raw20.data(), id.size());
    return id;
}

std::optional<ObjectId> objectIdFromHex(std::string_view hex40)
{
    if (hex40.size() != 40)
        return std::nullopt;
    ObjectId id;
    for (size_t i = 0; i < 20; ++i) {
        int value = 0;
        for (size_t k = 0; k < 2; ++k) {
            const char c = hex40[2 * i + k];
            const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0)
                return std::nullopt;
            value = value * 16 + digit;
        }
        id[i] = static_cast<char>(value);
    }
    return id;
}

QByteArray toWtf8(const QString &text)
{
    bool plain = true;
    for (const QChar c : text)
        plain = plain && !c.isSurrogate();
    if (plain)
        return text.toUtf8();
    QByteArray out;
    out.reserve(text.size() * 3);
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (c.isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            const char32_t point = QChar::surrogateToUcs4(c, text[i + 1]);
            out += static_cast<char>(0xf0 | (point >> 18));
            out += static_cast<char>(0x80 | ((point >> 12) & 0x3f));
            out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (point & 0x3f));
            ++i;
        } else if (c.isSurrogate()) {
            out += static_cast<char>(0xe0 | (c.unicode() >> 12));
            out += static_cast<char>(0x80 | ((c.unicode() >> 6) & 0x3f));
            out += static_cast<char>(0x80 | (c.unicode() & 0x3f));
        } else {
            out += QStringView(&c, 1).toUtf8();
        }
    }
    return out;
}

QString fromWtf8(std::string_view text)
{
    // ED A0..BF xx is a lone surrogate; everything else is UTF-8.
    qsizetype begin = 0;
    QString out;
    const auto size = static_cast<qsizetype>(text.size());
    for (qsizetype i = 0; i + 2 < size; ++i) {
        const auto byte = [&](qsizetype at) { return static_cast<unsigned char>(text[static_cast<size_t>(at)]); };
        if (byte(i) == 0xed && byte(i + 1) >= 0xa0 && byte(i + 1) <= 0xbf && (byte(i + 2) & 0xc0) == 0x80) {
            out += QString::fromUtf8(text.data() + begin, i - begin);
            out += QChar(static_cast<char16_t>(0xd000 | ((byte(i + 1) & 0x3f) << 6) | (byte(i + 2) & 0x3f)));
            i += 2;
            begin = i + 1;
        }
    }
    return out + QString::fromUtf8(text.data() + begin, size - begin);
}

QByteArray encodedName(const QByteArray &id, qsizetype maxBytes)
{
    if (id.isEmpty())
        return QByteArrayLiteral("_");
    if (id == "_")
        return QByteArrayLiteral("%5F");
    bool plain = true;
    for (const char c : id)
        plain = plain && isSafe(static_cast<unsigned char>(c));
    if (plain && id.size() <= maxBytes)
        return id;
    static constexpr char Digits[] = "0123456789ABCDEF";
    QByteArray out;
    qsizetype cut = 0; // where a prefix may end: after a whole escape
    const qsizetype room = maxBytes - 65;
    for (const char c : id) {
        const auto byte = static_cast<unsigned char>(c);
        if (isSafe(byte)) {
            out += c;
        } else {
            out += '%';
            out += Digits[byte >> 4];
            out += Digits[byte & 15];
        }
        if (out.size() <= room)
            cut = out.size();
        else if (out.size() > maxBytes)
            return out.left(cut) + '~' + sha256(view(id)).toHex();
    }
    return out;
}

QByteArray entityFileName(const QString &id)
{
    return encodedName(toWtf8(id));
}

std::optional<QString> idFromFileName(const QByteArray &name)
{
    const auto id = decodedName(view(name));
    if (!id)
        return std::nullopt;
    return fromWtf8(view(*id));
}

QByteArray refComponent(const QString &text)
{
    return encodedName(toWtf8(text), 100);
}

std::optional<QString> fromRefComponent(std::string_view name)
{
    if (const auto id = decodedName(name))
        return fromWtf8(view(*id));
    return std::nullopt;
}

unsigned char fanOutBucket(const QByteArray &wtf8Id)
{
    return static_cast<unsigned char>(sha256(view(wtf8Id)).at(0));
}

QByteArray bucketName(unsigned char bucket)
{
    static constexpr char Digits[] = "0123456789abcdef";
    const char name[2] = {Digits[bucket >> 4], Digits[bucket & 15]};
    return {name, 2};
}

} // namespace Orgtrace::Evidence
