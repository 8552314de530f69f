#include "report/people.h"

#include "base/digest.h"
#include "redaction/redactor.h"

#include <algorithm>

namespace Orgtrace::Report {

namespace {

constexpr int DepthLimit = 160; // the parser already stops at 128
constexpr qsizetype ShortCode = 6, LongCode = 12;

/// Members of a user that describe the person; everything below them is masked.
bool isPersonalMember(QStringView member)
{
    static const QSet<QString> names{
        QStringLiteral("name"),        QStringLiteral("preferredName"),      QStringLiteral("username"),  QStringLiteral("email"),
        QStringLiteral("addresses"),   QStringLiteral("primaryContactInfo"), QStringLiteral("chat"),      QStringLiteral("images"),
        QStringLiteral("biography"),   QStringLiteral("employerInfo"),       QStringLiteral("firstName"), QStringLiteral("lastName"),
        QStringLiteral("displayName"), QStringLiteral("phoneNumber"),
    };
    return names.contains(member.toString());
}

/// Members inside a personal one that say what kind of thing it is.
bool isDescriptive(const QString &member)
{
    static const QSet<QString> names{QStringLiteral("id"),          QStringLiteral("type"),        QStringLiteral("mediaType"),
                                     QStringLiteral("integration"), QStringLiteral("countryCode"), QStringLiteral("resolution"),
                                     QStringLiteral("selfUri"),     QStringLiteral("state")};
    return names.contains(member);
}

bool isMembership(const QString &domain)
{
    return domain.endsWith(u"_members") || domain == u"users";
}

/// Masked whatever it looks like.
QString forced(const QString &value)
{
    if (value.isEmpty() || value == u"*") {
        return value;
    }
    QString masked = Redaction::maskPersonal(value);
    if (masked != value) {
        return masked;
    }
    const bool isNumber = std::ranges::all_of(value, [](QChar c) { return c.isDigit() || c == u'+' || c == u'-' || c == u' '; });
    if (isNumber) {
        return u'…' + value.right(value.size() > 3 ? 2 : 0);
    }
    return value.first(value[0].isHighSurrogate() && value.size() > 1 ? 2 : 1) + u'…';
}

QString firstToken(const QString &path)
{
    const qsizetype start = path.startsWith(u'/') ? 1 : 0;
    const qsizetype end = path.indexOf(u'/', start);
    QString token = path.mid(start, end < 0 ? -1 : end - start);
    token.truncate(token.indexOf(u'[') < 0 ? token.size() : token.indexOf(u'['));
    return token;
}

QString lastToken(const QString &path)
{
    return path.mid(path.lastIndexOf(u'/') + 1);
}

bool isWordUnit(QChar c)
{
    return c.isLetterOrNumber() || c.isMark() || c.isSurrogate();
}

qsizetype wordEnd(const QString &text, qsizetype from)
{
    while (from < text.size() && isWordUnit(text[from])) {
        ++from;
    }
    return from;
}

} // namespace

People::People(bool redact, const QString &organisationId, const QHash<QString, QString> &names) :
    m_redact(redact), m_organisationId(organisationId)
{
    const QString prefix = QStringLiteral("users/");
    for (auto it = names.cbegin(); it != names.cend(); ++it) {
        if (it.key().startsWith(prefix)) {
            m_people.insert(it.key().mid(prefix.size()), it.value());
        }
    }
    if (!m_redact) {
        return;
    }
    QStringList ids = m_people.keys();
    ids.sort(); // so that of two people of one name always the same gives the pseudonym
    QHash<QString, QString> codes;
    for (const QString &id : std::as_const(ids)) {
        const QString code = digest(id).first(ShortCode);
        if (const auto other = codes.constFind(code); other != codes.constEnd()) {
            m_longCodes.insert(id);
            m_longCodes.insert(other.value());
        } else {
            codes.insert(code, id);
        }
        const QString name = m_people.value(id).trimmed().toCaseFolded();
        if (name.size() < 3) {
            continue;
        }
        if (!m_wholeNames.contains(name)) {
            m_wholeNames.insert(name, id);
        }
        if (const qsizetype end = wordEnd(name, 0); end > 0 && end < name.size()) {
            m_byFirstWord[name.first(end)].append(id);
        }
    }
    for (QStringList &candidates : m_byFirstWord) {
        std::ranges::stable_sort(candidates, std::ranges::greater(),
                                 [this](const QString &id) { return m_people.value(id).trimmed().size(); });
    }
}

QString People::digest(const QString &id) const
{
    const QByteArray seed = QByteArrayLiteral("orgtrace pseudonym\n") + m_organisationId.toUtf8() + '\n' + id.toUtf8();
    return QString::fromLatin1(sha256(view(seed)).toHex());
}

QString People::pseudonym(const QString &id) const
{
    return QStringLiteral("user ") + digest(id).first(m_longCodes.contains(id) ? LongCode : ShortCode);
}

QString People::person(const QString &id, const QString &name) const
{
    if (!m_redact) {
        return name.isEmpty() ? id : name;
    }
    return id.isEmpty() && name.isEmpty() ? QString() : pseudonym(id.isEmpty() ? name : id);
}

QString People::entityName(const QString &domain, const QString &id, const QString &name) const
{
    if (m_redact && (domain == u"users" || isPerson(id))) {
        return pseudonym(id);
    }
    return text(name);
}

QString People::replaceNames(const QString &text) const
{
    if (const auto whole = m_wholeNames.constFind(text.trimmed().toCaseFolded()); whole != m_wholeNames.constEnd()) {
        return pseudonym(whole.value());
    }
    if (m_byFirstWord.isEmpty()) {
        return text;
    }
    QString out;
    qsizetype copied = 0;
    qsizetype at = 0;
    while (at < text.size()) {
        if (!isWordUnit(text[at])) {
            ++at;
            continue;
        }
        const qsizetype end = wordEnd(text, at);
        qsizetype next = end;
        if (const auto candidates = m_byFirstWord.constFind(text.mid(at, end - at).toCaseFolded());
            candidates != m_byFirstWord.constEnd()) {
            for (const QString &id : candidates.value()) {
                const QString name = m_people.value(id).trimmed();
                const qsizetype stop = at + name.size();
                if (stop <= text.size() && QStringView(text).sliced(at, name.size()).compare(name, Qt::CaseInsensitive) == 0
                    && (stop == text.size() || !isWordUnit(text[stop]))) {
                    out += QStringView(text).sliced(copied, at - copied);
                    out += pseudonym(id);
                    copied = next = stop;
                    break;
                }
            }
        }
        at = next;
    }
    return copied == 0 ? text : out.append(QStringView(text).sliced(copied));
}

QString People::hidden(const QString &text) const
{
    const QString replaced = replaceNames(text);
    return replaced != text ? replaced : forced(text);
}

QString People::text(const QString &text) const
{
    return m_redact ? replaceNames(Redaction::maskPersonal(text)) : text; // in this order: a pseudonym is not masked again
}

Json::Node People::masked(Json::Value value, Mood mood, const QString &name, int depth) const
{
    if (depth > DepthLimit) {
        return Json::Node();
    }
    switch (value.kind()) {
    case Json::Kind::Object: {
        Json::Node::Object object;
        const QString id = value["id"].toQString();
        const bool somebody = !id.isEmpty() && (isPerson(id) || mood == Mood::Members);
        for (const Json::Member member : value.members()) {
            const QString key = QString::fromUtf8(member.key.data(), static_cast<qsizetype>(member.key.size()));
            Json::Node item;
            if (somebody && key == u"name" && member.value.isString()) {
                item = Json::Node(pseudonym(id));
            } else if (somebody && isPersonalMember(key)) {
                item = masked(member.value, Mood::Personal, key, depth + 1);
            } else {
                item = masked(member.value, mood, key, depth + 1);
            }
            object.insert_or_assign(std::string(member.key), std::move(item));
        }
        return Json::Node(std::move(object));
    }
    case Json::Kind::Array: {
        Json::Node::Array array;
        array.reserve(static_cast<size_t>(value.size()));
        for (const Json::Value item : value.items()) {
            array.push_back(masked(item, mood, name, depth + 1));
        }
        return Json::Node(std::move(array));
    }
    case Json::Kind::String: {
        const QString plain = value.toQString();
        const QString shown = mood == Mood::Personal && !isDescriptive(name) && !isPerson(plain) ? hidden(plain) : text(plain);
        return shown == plain ? Json::Node(value) : Json::Node(shown); // unchanged ones keep their exact bytes
    }
    case Json::Kind::Number:
        if (mood == Mood::Personal && value.numberText().size() >= 5) {
            return Json::Node(forced(QString::fromLatin1(value.numberText().data(), static_cast<qsizetype>(value.numberText().size()))));
        }
        return Json::Node(value);
    case Json::Kind::Missing:
    case Json::Kind::Null:
    case Json::Kind::Bool: break;
    }
    return Json::Node(value);
}

Json::Node People::value(const QString &domain, const QString &entity, const QString &path, Json::Value value) const
{
    if (!m_redact) {
        return Json::Node(value);
    }
    const QString first = firstToken(path);
    if (domain == u"users" || isPerson(entity)) {
        if (first == u"name" && value.isString()) {
            return Json::Node(pseudonym(entity));
        }
        if (isPersonalMember(first)) {
            return masked(value, Mood::Personal, lastToken(path), 0);
        }
    }
    if (isMembership(domain) && first == u"members" && lastToken(path) == u"name" && value.isString()) {
        return Json::Node(hidden(value.toQString()));
    }
    return masked(value, isMembership(domain) && first == u"members" ? Mood::Members : Mood::Plain, lastToken(path), 0);
}

QString People::property(const QString &entityType, const QString &property, const QString &value) const
{
    if (!m_redact) {
        return value;
    }
    if (entityType == u"User" && isPersonalMember(firstToken(property))) {
        const std::string utf8 = value.toStdString();
        const Result<Json::Document> document = Json::parse(utf8);
        if (document && document->root().size() > 0) {
            return QString::fromUtf8(masked(document->root(), Mood::Personal, property, 0).compactText());
        }
        return hidden(value);
    }
    return text(value);
}

} // namespace Orgtrace::Report
