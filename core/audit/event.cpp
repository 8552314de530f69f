#include "audit/event.h"

#include "base/clock.h"
#include "base/digest.h"
#include "json/canonical.h"
#include "json/node.h"

namespace Orgtrace::Audit {

namespace {
using Json::Kind;
using Json::Node;
using Json::Value;

constexpr Json::Limits NestedLimits{.maxBytes = 4LL * 1024 * 1024, .maxDepth = 64, .refuseDuplicateKeys = false};
constexpr int MostNesting = 4; ///< JSON inside a string inside JSON …

/// Takes the secrets out of one event. Names and contents both count; what is inside a string of JSON counts too (API section 6.3: values may be JSON).
class Sanitiser
{
public:
    explicit Sanitiser(const Redaction::Redactor &redactor) : m_redactor(redactor) { }

    [[nodiscard]] Node tree(Value value, bool isSecret, int nesting)
    {
        switch (value.kind()) {
        case Kind::Object: return object(value, isSecret, nesting);
        case Kind::Array: {
            Node out = Node::array();
            for (const Value item : value.items()) {
                out.append(tree(item, isSecret, nesting));
            }
            return out;
        }
        case Kind::String: return Node(string(value.string(), isSecret, nesting));
        case Kind::Number: return isSecret ? Node(string(value.numberText(), true, nesting)) : Node(value);
        default: return Node(value);
        }
    }

private:
    [[nodiscard]] Node object(Value value, bool isSecret, int nesting)
    {
        // A property change names its field beside the values, not above them.
        const std::string_view property = value["property"].string();
        const bool isSecretProperty = !property.empty() && isSecretPath(property);
        Node out = Node::object();
        for (const Json::Member member : value.members()) {
            const bool isValues = member.key == "oldValues" || member.key == "newValues";
            const bool secret
                = isSecret || (isValues && isSecretProperty) || (member.key != "property" && m_redactor.isSecretField(member.key));
            out[member.key] = tree(member.value, secret, nesting);
        }
        return out;
    }

    /// "config/clientSecret", "trunk.password", "secrets[0]": any part of the path.
    [[nodiscard]] bool isSecretPath(std::string_view path) const
    {
        if (m_redactor.isSecretField(path)) {
            return true;
        }
        constexpr std::string_view Separators = "/.:[]";
        for (size_t start = 0; start < path.size();) {
            const size_t end = std::min(path.find_first_of(Separators, start), path.size());
            if (end > start && m_redactor.isSecretField(path.substr(start, end - start))) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    [[nodiscard]] std::string string(std::string_view text, bool isSecret, int nesting)
    {
        if (isSecret) {
            return text.empty() ? std::string() : m_redactor.fingerprinter().fingerprint(text);
        }
        if (nesting < MostNesting && (text.starts_with('{') || text.starts_with('['))) {
            if (const auto document = Json::parse(text, NestedLimits)) {
                const QByteArray before = Json::compactText(document->root());
                const QByteArray after = tree(document->root(), false, nesting + 1).compactText();
                return before == after ? std::string(text) : after.toStdString();
            }
        }
        if (auto redacted = m_redactor.redactContent(text)) {
            return std::move(*redacted);
        }
        if (auto escaped = Redaction::Fingerprinter::escapedLiteral(text)) {
            return std::move(*escaped);
        }
        return std::string(text);
    }

    const Redaction::Redactor &m_redactor;
};

QStringList strings(Value list)
{
    QStringList out;
    if (list.isString()) {
        out.append(list.toQString());
    }
    if (list.isArray()) {
        for (const Value item : list.items()) {
            out.append(item.isString() ? item.toQString() : QString::fromUtf8(Json::compactText(item)));
        }
    }
    return out;
}

Result<Event> extract(Value root)
{
    Event event;
    event.id = root["id"].toQString();
    event.timeUtc = parseIsoUtc(root["eventDate"].toQString());
    if (event.id.isEmpty() || event.id.size() > 500 || !event.timeUtc.isValid()) {
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("an audit event needs an id and a time"), event.id.left(100));
    }
    event.userId = root["user"]["id"].toQString();
    event.userName = root["user"]["name"].toQString();
    event.clientId = root["client"]["id"].toQString();
    event.level = root["level"].toQString();
    event.status = root["status"].toQString();
    event.remoteIps = strings(root["remoteIp"]);
    event.service = root["serviceName"].toQString();
    event.entityType = root["entityType"].toQString();
    event.action = root["action"].toQString();
    event.entityId = root["entity"]["id"].toQString();
    event.entityName = root["entity"]["name"].toQString();
    event.correlation = root["initiatingAction"]["transactionId"].toQString();
    if (event.correlation.isEmpty()) {
        event.correlation = root["context"]["correlationId"].toQString();
    }
    // SYSTEM events carry no user; the one that shows the direction of a membership names its actor only here (API section 6.4).
    if (event.userId.isEmpty()) {
        event.userId = root["context"]["userid"].toQString();
    }
    for (const Value change : root["propertyChanges"].items()) {
        event.changes.append({change["property"].toQString(), strings(change["oldValues"]), strings(change["newValues"])});
    }
    for (const Value change : root["entityChanges"].items()) {
        event.changes.append({change["entityType"].toQString() + u'/' + change["entityId"].toQString(), strings(change["oldValues"]),
                              strings(change["newValues"])});
    }
    return event;
}
} // namespace

Result<Event> readEvent(Value raw, const Redaction::Redactor &redactor)
{
    if (!raw.isObject()) {
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("an audit event must be an object"));
    }
    Sanitiser sanitiser(redactor);
    const QByteArray line = sanitiser.tree(raw, false, 0).compactText();
    return parseLine(line);
}

Result<Event> parseLine(const QByteArray &line)
{
    const auto document = Json::parse(view(line));
    if (!document) {
        return std::unexpected(document.error());
    }
    auto event = extract(document->root());
    if (event) {
        event->line = line;
    }
    return event;
}

} // namespace Orgtrace::Audit
