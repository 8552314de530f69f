#include "support/openapi.h"

#include "base/clock.h"
#include "json/pointer.h"
#include "json/text.h"

#include <QFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Test {
namespace {

constexpr qsizetype maxBreaches = 10'000;
constexpr int maxHops = 16; ///< from one mere $ref to the next
constexpr std::string_view definitionPrefix = "#/definitions/";

QByteArray bytes(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

QString words(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(std::min<size_t>(text.size(), 80)));
}

const char *kindName(Json::Value value)
{
    switch (value.kind()) {
    case Json::Kind::Missing: return "missing";
    case Json::Kind::Null: return "null";
    case Json::Kind::Bool: return "boolean";
    case Json::Kind::Number: return "number";
    case Json::Kind::String: return "string";
    case Json::Kind::Array: return "array";
    case Json::Kind::Object: return "object";
    }
    return "";
}

bool isParameter(QStringView segment)
{
    return segment.startsWith(u'{') && segment.endsWith(u'}');
}

bool isDigits(QStringView text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](QChar c) { return c >= u'0' && c <= u'9'; });
}

bool isDate(const QString &text)
{
    return text.size() == 10 && QDate::fromString(text, Qt::ISODate).isValid();
}

// yyyy-MM-ddTHH:mm:ss[.fraction]Z, as the platform writes it.
bool isDateTime(const QString &text)
{
    if (!text.endsWith(u'Z') || text.size() < 20 || text[10] != u'T' || !isDate(text.left(10)))
        return false;
    const QStringView fraction = QStringView(text).mid(19).chopped(1);
    return QTime::fromString(text.mid(11, 8), u"HH:mm:ss"_s).isValid()
        && (fraction.isEmpty() || (fraction.startsWith(u'.') && isDigits(fraction.mid(1))));
}

} // namespace

class OpenApi::Check
{
public:
    explicit Check(const OpenApi &api) : m_api(api) { }

    void value(Json::Value document, Json::Value schema)
    {
        if (found.size() >= maxBreaches)
            return;
        schema = m_api.followed(schema);
        const std::string_view type = schema["type"].string();
        // What Java calls Object is any value at all, and this is how it is described: a trigger's criterion is a text, a row's cell a number.
        const bool isAny = type == "object" && schema["properties"].isMissing() && schema["additionalProperties"].isMissing();
        if (isAny && !document.isNull() && !document.isMissing())
            return;
        if (!isOf(document, type)) {
            breach(u"is %1, %2 is declared"_s.arg(QLatin1StringView(kindName(document)), words(type)));
            return;
        }
        if (document.isObject())
            object(document, schema);
        else if (document.isArray())
            array(document, schema);
        else
            scalar(document, schema);
    }

    QList<Breach> found;

private:
    static bool isOf(Json::Value document, std::string_view type)
    {
        switch (document.kind()) {
        case Json::Kind::Missing:
        case Json::Kind::Null: return false;
        case Json::Kind::Bool: return type.empty() || type == "boolean";
        case Json::Kind::Number:
            return type.empty() || type == "number"
                || (type == "integer" && document.numberText().find_first_of(".eE") == std::string_view::npos);
        case Json::Kind::String: return type.empty() || type == "string";
        case Json::Kind::Array: return type.empty() || type == "array";
        case Json::Kind::Object: return type.empty() || type == "object";
        }
        return false;
    }

    // The platform sends {id, name, selfUri} where the model declares the whole thing, whose required members are those of a request.
    bool isReference(Json::Value document) const
    {
        const auto members = document.members();
        return !m_path.isEmpty() && !document["id"].isMissing() && std::ranges::all_of(members, [](const Json::Member &member) {
            return member.key == "id" || member.key == "name" || member.key == "selfUri";
        });
    }

    void object(Json::Value document, Json::Value schema)
    {
        for (const Json::Value required : schema["required"].items()) {
            if (document[required.string()].isMissing() && !isReference(document))
                breach(u"lacks %1"_s.arg(words(required.string())));
        }
        const Json::Value properties = schema["properties"];
        const Json::Value additional = schema["additionalProperties"];
        for (const Json::Member member : document.members()) {
            const Json::Value declared = properties[member.key];
            m_path.append(Json::toQString(member.key));
            if (!declared.isMissing())
                value(member.value, declared);
            else if (additional.isObject())
                value(member.value, additional);
            else if (!properties.isMissing() && !additional.toBool())
                breach(u"is not declared"_s);
            m_path.removeLast();
        }
    }

    void array(Json::Value document, Json::Value schema)
    {
        const Json::Value items = schema["items"];
        qsizetype index = 0;
        for (const Json::Value item : document.items()) {
            m_path.append(QString::number(index++));
            if (!items.isMissing())
                value(item, items);
            m_path.removeLast();
        }
    }

    void scalar(Json::Value document, Json::Value schema)
    {
        const Json::Value choices = schema["enum"];
        const std::string_view text = document.isString() ? document.string() : document.numberText();
        if (choices.isArray()) {
            const auto items = choices.items();
            const bool isOne = std::ranges::any_of(items, [&](Json::Value choice) {
                return choice.kind() == document.kind() && (choice.isString() ? choice.string() : choice.numberText()) == text;
            });
            if (!isOne)
                breach(u"is %1, none of the declared values"_s.arg(words(text)));
        }
        const std::string_view format = schema["format"].string();
        bool fits = true;
        if (format == "date")
            fits = isDate(document.toQString());
        else if (format == "date-time")
            fits = isDateTime(document.toQString());
        else if (format == "int32")
            bytes(text).toInt(&fits);
        else if (format == "int64")
            bytes(text).toLongLong(&fits);
        if (!fits)
            breach(u"is %1, no %2"_s.arg(words(text), words(format)));
    }

    void breach(const QString &what) { found.append({Json::pointerText(m_path), what}); }

    const OpenApi &m_api;
    QStringList m_path;
};

Result<OpenApi> OpenApi::read(const QString &file)
{
    QFile in(file);
    if (!in.open(QIODevice::ReadOnly))
        return Error::make(ErrorCode::Io, in.errorString(), file);
    return parse(in.readAll());
}

Result<OpenApi> OpenApi::parse(const QByteArray &json)
{
    auto document = Json::parse({json.constData(), static_cast<size_t>(json.size())});
    if (!document)
        return std::unexpected(document.error());
    OpenApi api;
    api.m_document = std::move(*document);
    const Json::Value root = api.m_document.root();
    if (root["swagger"].string() != "2.0")
        return Error::make(ErrorCode::BadInput, u"this is no Swagger 2.0 description"_s);
    for (const Json::Member member : root["definitions"].members())
        api.m_definitions.insert(bytes(member.key), member.value);
    for (const Json::Member member : root["paths"].members())
        api.m_paths.insert(Json::toQString(member.key), member.value);
    if (auto known = api.checkReferences(root); !known)
        return std::unexpected(known.error());
    return api;
}

// Once for all, so that a check need not.
Result<void> OpenApi::checkReferences(Json::Value schema) const
{
    for (const Json::Value item : schema.isArray() ? schema.items() : Json::Value().items()) {
        if (auto known = checkReferences(item); !known)
            return known;
    }
    for (const Json::Member member : schema.isObject() ? schema.members() : Json::Value().members()) {
        const std::string_view target = member.key == "$ref" ? member.value.string() : std::string_view();
        if (target.starts_with(definitionPrefix) && followed(schema).isMissing())
            return Error::make(ErrorCode::BadInput, u"leads nowhere: %1"_s.arg(words(target)));
        if (auto known = checkReferences(member.value); !known)
            return known;
    }
    return {};
}

QString OpenApi::templateOf(const QString &path) const
{
    const QStringList asked = path.split(u'/');
    QString best;
    qsizetype bestLiterals = -1;
    for (auto it = m_paths.cbegin(); it != m_paths.cend(); ++it) {
        const QStringList segments = it.key().split(u'/');
        if (segments.size() != asked.size())
            continue;
        qsizetype literals = 0;
        const bool fits = std::ranges::equal(segments, asked, [&](const QString &segment, const QString &one) {
            literals += segment == one ? 1 : 0;
            return segment == one || isParameter(segment);
        });
        if (fits && literals > bestLiterals) {
            best = it.key();
            bestLiterals = literals;
        }
    }
    return best;
}

QStringList OpenApi::templates(const QByteArray &method) const
{
    QStringList list;
    for (auto it = m_paths.cbegin(); it != m_paths.cend(); ++it) {
        if (!it.value()[std::string_view(method.constData(), static_cast<size_t>(method.size()))].isMissing())
            list.append(it.key());
    }
    list.sort();
    return list;
}

Json::Value OpenApi::answerSchema(const QByteArray &method, const QString &pathTemplate) const
{
    return m_paths.value(
        pathTemplate)[std::string_view(method.constData(), static_cast<size_t>(method.size()))]["responses"]["200"]["schema"];
}

Json::Value OpenApi::followed(Json::Value schema) const
{
    for (int hops = 0; hops < maxHops; ++hops) {
        const std::string_view reference = schema["$ref"].string();
        if (!reference.starts_with(definitionPrefix))
            return schema;
        schema = definition(reference.substr(definitionPrefix.size()));
    }
    return {};
}

Json::Value OpenApi::definition(std::string_view name) const
{
    return m_definitions.value(bytes(name));
}

QList<Breach> OpenApi::breaches(Json::Value document, Json::Value schema) const
{
    Check check(*this);
    check.value(document, schema);
    return check.found;
}

} // namespace Orgtrace::Test
