#include "search/link.h"

#include "json/pointer.h"

#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Search {

namespace {

constexpr QLatin1StringView Scheme{"orgtrace://"};
constexpr qsizetype LongestLink = 8'000;
constexpr qsizetype LongestStoreId = 64;
constexpr QLatin1StringView SettingsObject{"_"};

bool isHex(const QString &text, qsizetype least, qsizetype most)
{
    return text.size() >= least && text.size() <= most
        && std::ranges::all_of(text, [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); });
}

QString encoded(const QString &part)
{
    return QString::fromLatin1(QUrl::toPercentEncoding(part));
}

/// nullopt where it is no valid percent-encoded UTF-8 or holds a NUL.
std::optional<QString> decoded(const QString &part)
{
    const QByteArray bytes = QByteArray::fromPercentEncoding(part.toUtf8());
    QString text = QString::fromUtf8(bytes);
    if (text.toUtf8() != bytes || text.contains(QChar(0))) {
        return std::nullopt;
    }
    return text;
}

std::unexpected<Error> broken(const QString &what)
{
    return Error::make(ErrorCode::BadInput, what);
}

} // namespace

QString Link::toText() const
{
    QString text = Scheme + encoded(storeId) + u'/' + snapshot;
    if (!domain.isEmpty()) {
        text += u'/' + encoded(domain);
        if (hasEntity) {
            text += u'/' + (entity.isEmpty() ? QString(SettingsObject) : entity == SettingsObject ? u"%5F"_s : encoded(entity));
        }
    }
    if (!from.isEmpty()) {
        text += u"?from="_s + from;
    }
    if (side != Side::Unsaid && !pointer.isEmpty()) {
        text += (from.isEmpty() ? u"?side="_s : u"&side="_s) + (side == Side::A ? u'a' : u'b');
    }
    if (!pointer.isEmpty()) {
        text += u'#' + QString::fromLatin1(QUrl::toPercentEncoding(pointer, "/"));
    }
    return text;
}

bool Link::isLink(const QString &text)
{
    return text.trimmed().startsWith(Scheme, Qt::CaseInsensitive);
}

Result<Link> Link::parse(const QString &typed)
{
    QString text = typed.trimmed();
    if (text.size() > LongestLink) {
        return Error::make(ErrorCode::TooLarge, u"a link is at most %1 characters long"_s.arg(LongestLink));
    }
    if (!isLink(text)) {
        return broken(u"a link begins with orgtrace://"_s);
    }
    text = text.sliced(Scheme.size());
    Link link;
    if (const qsizetype hash = text.indexOf(u'#'); hash >= 0) {
        const std::optional<QString> pointer = decoded(text.sliced(hash + 1));
        if (!pointer || !Json::parsePointer(*pointer)) {
            return broken(u"what stands behind # is no JSON pointer"_s);
        }
        link.pointer = *pointer;
        text.truncate(hash);
    }
    if (const qsizetype question = text.indexOf(u'?'); question >= 0) {
        const QStringList query = text.sliced(question + 1).split(u'&');
        for (const QString &part : query) {
            if (link.from.isEmpty() && part.startsWith("from="_L1) && isHex(part.sliced(5), 40, 40)) {
                link.from = part.sliced(5);
            } else if (link.side == Side::Unsaid && (part == "side=a"_L1 || part == "side=b"_L1)) {
                link.side = part.endsWith(u'a') ? Side::A : Side::B;
            } else {
                return broken(
                    u"only ?from=SNAPSHOT, with 40 hexadecimal digits, and side=a or side=b may stand behind the path, once each"_s);
            }
        }
        text.truncate(question);
    }
    while (text.endsWith(u'/')) {
        text.chop(1);
    }
    const QStringList parts = text.split(u'/');
    if (parts.size() < 2 || parts.size() > 4) {
        return broken(u"a link has the form orgtrace://STORE/SNAPSHOT/DOMAIN/ENTITY"_s);
    }
    const std::optional<QString> storeId = decoded(parts.at(0));
    link.snapshot = parts.at(1).toLower();
    if (!storeId || storeId->isEmpty() || storeId->size() > LongestStoreId || storeId->startsWith(u'.')) {
        return broken(u"the store has no valid id"_s);
    }
    link.storeId = *storeId;
    if (!isHex(link.snapshot, 40, 40)) {
        return broken(u"the snapshot is named by 40 hexadecimal digits"_s);
    }
    if (parts.size() > 2) {
        const std::optional<QString> domain = decoded(parts.at(2));
        if (!domain || domain->isEmpty() || domain->size() > 200) {
            return broken(u"the domain has no valid name"_s);
        }
        link.domain = *domain;
    }
    if (parts.size() > 3) {
        const std::optional<QString> entity = decoded(parts.at(3));
        if (!entity) {
            return broken(u"the entity has no valid id"_s);
        }
        link.entity = parts.at(3) == SettingsObject ? QString() : *entity;
        link.hasEntity = true;
    }
    if (!link.pointer.isEmpty() && !link.hasEntity) {
        return broken(u"a pointer needs an entity to point into"_s);
    }
    if (link.pointer.isEmpty()) {
        link.side = Side::Unsaid; // of nothing
    }
    return link;
}

} // namespace Orgtrace::Search
