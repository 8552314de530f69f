#include "genesys/page.h"

#include "base/digest.h"
#include "json/canonical.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
constexpr Json::Limits PageLimits{}; // 256 MB, depth 128, no duplicate keys

std::optional<qint64> counter(Json::Value value)
{
    if (value.kind() != Json::Kind::Number) {
        return std::nullopt;
    }
    const qint64 number = value.toInteger(-1);
    return number >= 0 ? std::optional(number) : std::nullopt;
}

PageFields fieldsOf(Json::Value root)
{
    PageFields fields;
    fields.total = counter(root["total"]);
    fields.pageCount = counter(root["pageCount"]);
    fields.pageNumber = counter(root["pageNumber"]);
    fields.pageSize = counter(root["pageSize"]);
    fields.nextUri = root["nextUri"].toQString();
    fields.cursor = root["cursor"].toQString();
    return fields;
}

void addItem(Page &page, Json::Value item, const QString &identity)
{
    if (identity.isEmpty()) {
        page.items.push_back(item);
        page.ids.append(QString());
        return;
    }
    QString id = identityOf(item, identity);
    if (id.isEmpty()) {
        const QString why = item.isObject() ? QStringLiteral("it has no %1").arg(identity) : QStringLiteral("it is not an object");
        page.broken.push_back({QString(), why, sha256(view(Json::compactText(item))).toHex()});
        return;
    }
    page.items.push_back(item);
    page.ids.append(std::move(id));
}

/// The slow way: element by element.
Result<ParsedPage> parseBrokenPage(const QByteArray &body, PageShape shape, const QString &itemsKey, const QString &identity,
                                   const Error &wholeError)
{
    const auto bad = [&wholeError] { return Error::make(ErrorCode::BadResponse, wholeError.detail, wholeError.where); };
    if (shape == PageShape::Single) {
        return bad();
    }
    const auto split = Json::splitArray(view(body), shape == PageShape::Array ? std::string() : itemsKey.toStdString());
    if (!split) {
        return bad();
    }
    const auto rest = Json::parse(view(split->rest), PageLimits);
    if (!rest || (shape == PageShape::Members) != rest->root().isObject()) {
        return bad();
    }
    ParsedPage out;
    out.fields = fieldsOf(rest->root());
    for (const std::string_view piece : split->elements) {
        auto document = Json::parse(piece, PageLimits);
        if (document) {
            auto shared = std::make_shared<const Json::Document>(std::move(*document));
            addItem(out.page, shared->root(), identity);
            out.page.documents.push_back(std::move(shared));
            continue;
        }
        const QString id
            = identity.isEmpty() || identity.contains(u'/') ? QString() : Json::scanStringMember(piece, identity.toStdString());
        const QString where = document.error().where.isEmpty() ? QString() : u" (at "_s + document.error().where + u')';
        out.page.broken.push_back({id, QString(document.error().detail + where).left(300), sha256(piece).toHex()});
    }
    return out;
}
} // namespace

QString identityOf(Json::Value item, const QString &path)
{
    Json::Value at = item;
    for (const auto part : QStringView(path).tokenize(u'/')) {
        at = at[part.toUtf8().toStdString()];
    }
    if (at.kind() == Json::Kind::Number) {
        const std::string_view text = at.numberText();
        return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
    }
    return at.toQString();
}

Result<ParsedPage> parsePage(const QByteArray &body, PageShape shape, const QString &itemsKey, const QString &identity)
{
    auto document = Json::parse(view(body), PageLimits);
    if (!document) {
        return parseBrokenPage(body, shape, itemsKey, identity, document.error());
    }
    auto shared = std::make_shared<const Json::Document>(std::move(*document));
    const Json::Value root = shared->root();
    ParsedPage out;
    Json::Value items;
    switch (shape) {
    case PageShape::Single:
        if (!root.isObject()) {
            return Error::make(ErrorCode::BadResponse, QStringLiteral("expected one JSON object"));
        }
        out.page.items.push_back(root);
        out.page.ids.append(QString());
        out.page.documents.push_back(std::move(shared));
        return out;
    case PageShape::Array: items = root; break;
    case PageShape::Members:
        items = root[itemsKey.toStdString()];
        out.fields = fieldsOf(root);
        if (root.isObject() && (items.isMissing() || items.isNull()) && out.fields.total == 0) {
            return out; // some services leave an empty list out
        }
        break;
    }
    if (!items.isArray()) {
        return Error::make(ErrorCode::BadResponse,
                           shape == PageShape::Array ? QStringLiteral("expected a JSON array")
                                                     : u"expected a page with the array \""_s + itemsKey + u'"');
    }
    out.page.items.reserve(static_cast<size_t>(items.size()));
    for (const Json::Value item : items.items()) {
        addItem(out.page, item, identity);
    }
    out.page.documents.push_back(std::move(shared));
    return out;
}

} // namespace Orgtrace::Genesys
