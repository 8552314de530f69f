#include "base/digest.h"
#include "catalogue/normaliser.h"
#include "json/canonical.h"
#include "json/node.h"
#include "json/text.h"

#include <QTest>

#include <random>

using namespace Orgtrace;
using Orgtrace::Catalogue::DomainRules;
using Orgtrace::Catalogue::Normaliser;

namespace {

class Dice
{
public:
    explicit Dice(unsigned seed) : m_random(seed) { }
    unsigned below(unsigned bound) { return static_cast<unsigned>(m_random() % bound); }
    bool oneIn(unsigned n) { return below(n) == 0; }
    template<typename T> void shuffle(T &list) { std::ranges::shuffle(list, m_random); }

private:
    std::mt19937 m_random;
};

/// Few names, so that patterns meet them.
QByteArray memberName(Dice &dice)
{
    static const char *const names[] = {"a", "b", "c", "id", "name", "token", "a longer member name"};
    return names[dice.below(7)];
}

QByteArray scalar(Dice &dice)
{
    switch (dice.below(7)) {
    case 0: return QByteArray::number(dice.below(9)) + (dice.oneIn(3) ? ".0" : "");
    case 1: return "null";
    case 2: return dice.oneIn(2) ? "true" : "false";
    case 3: return "\"amqp://user:pw" + QByteArray::number(dice.below(3)) + "@host\"";
    case 4: return "\"\\ud800 x\\n" + QByteArray(static_cast<qsizetype>(dice.below(40)), 'y') + '"';
    default: return '"' + QByteArray(1, static_cast<char>('a' + dice.below(5))) + '"';
    }
}

QByteArray anything(Dice &dice, int depth)
{
    const unsigned kind = dice.below(depth > 4 ? 2 : 5);
    if (kind < 2)
        return scalar(dice);
    QByteArrayList parts;
    if (kind == 2) {
        for (unsigned n = dice.below(5); n > 0; --n)
            parts.append(anything(dice, depth + 1));
        return '[' + parts.join(',') + ']';
    }
    QByteArrayList names;
    for (unsigned n = dice.below(6); n > 0; --n) {
        const QByteArray name = memberName(dice);
        if (names.contains(name))
            continue;
        names.append(name);
        parts.append('"' + name + "\":" + anything(dice, depth + 1));
    }
    return '{' + parts.join(',') + '}';
}

QString pattern(Dice &dice)
{
    QStringList tokens;
    for (unsigned n = 1 + dice.below(3); n > 0; --n) {
        switch (dice.below(5)) {
        case 0: tokens.append(QStringLiteral("*")); break;
        case 1: tokens.append(QStringLiteral("**")); break;
        default: tokens.append(QString::fromLatin1(memberName(dice))); break;
        }
    }
    return tokens.join(u'/');
}

QStringList patterns(Dice &dice, unsigned most)
{
    QStringList list;
    for (unsigned n = dice.below(most + 1); n > 0; --n)
        list.append(pattern(dice));
    return list;
}

/// The rules by the book, slowly: a tree of Nodes, paths matched anew at each place.
class Naive
{
public:
    Naive(const DomainRules &rules, const Redaction::Redactor &redactor) : m_rules(rules), m_redactor(redactor) { }

    Json::Node entity(Json::Value value) { return *node(value, {}, false, false); }

private:
    // A path's token is a member name, or "" for an element.
    static bool matches(const QStringList &tokens, qsizetype token, const QList<std::optional<QString>> &path, qsizetype at)
    {
        if (token == tokens.size())
            return at == path.size();
        if (tokens[token] == QLatin1StringView("**"))
            return matches(tokens, token + 1, path, at) || (at < path.size() && matches(tokens, token, path, at + 1));
        if (at == path.size())
            return false;
        const bool fits = tokens[token] == QLatin1StringView("*") || path[at] == tokens[token];
        return fits && matches(tokens, token + 1, path, at + 1);
    }
    static bool any(const QStringList &patterns, const QList<std::optional<QString>> &path)
    {
        return std::ranges::any_of(patterns, [&path](const QString &pattern) { return matches(pattern.split(u'/'), 0, path, 0); });
    }

    std::optional<Json::Node> node(Json::Value value, const QList<std::optional<QString>> &path, bool secret, bool ownSecret)
    {
        if (!path.isEmpty() && (any(m_rules.dropped, path) || any(m_rules.signals_, path)))
            return std::nullopt;
        secret |= any(m_rules.secrets, path);
        if (value.isString()) {
            if ((secret || ownSecret) && !value.string().empty())
                return Json::Node(m_redactor.fingerprinter().fingerprint(value.string()));
            return Json::Node(m_redactor.redactContent(value.string()).value_or(std::string(value.string())));
        }
        if (value.isObject())
            return object(value, path, secret);
        if (value.isArray())
            return array(value, path, secret);
        return Json::Node(value);
    }

    Json::Node object(Json::Value value, const QList<std::optional<QString>> &path, bool secret)
    {
        const Json::Value id = value["id"];
        const bool reduced = any(m_rules.references, path) && (id.isString() || id.kind() == Json::Kind::Number);
        Json::Node out = Json::Node::object();
        for (const Json::Member &member : value.members()) {
            if (reduced && member.key != "id")
                continue;
            const QString name = Json::toQString(member.key);
            const Redaction::SecretField field = m_redactor.secretField(member.key);
            QList<std::optional<QString>> inner = path;
            inner.append(name);
            if (reduced) { // written whatever else the rules say of it
                const bool hidden = secret || any(m_rules.secrets, inner);
                out["id"] = member.value.isString() && hidden && !member.value.string().empty()
                    ? Json::Node(m_redactor.fingerprinter().fingerprint(member.value.string()))
                    : member.value.isString()
                    ? Json::Node(m_redactor.redactContent(member.value.string()).value_or(std::string(member.value.string())))
                    : Json::Node(member.value);
                continue;
            }
            auto written
                = node(member.value, inner, (secret && name != QLatin1StringView("type")) || field == Redaction::SecretField::AllBelow,
                       field != Redaction::SecretField::No);
            if (written)
                out[member.key] = std::move(*written);
        }
        return out;
    }

    Json::Node array(Json::Value value, const QList<std::optional<QString>> &path, bool secret)
    {
        struct Item {
            std::string key;
            std::string text;
            Json::Node node;
        };
        std::vector<Item> items;
        QStringList arrays = m_rules.identities.keys();
        std::ranges::sort(arrays, {}, [](const QString &pattern) { return std::pair(pattern.count(u'*'), pattern); });
        QString identity;
        for (const QString &pattern : arrays) {
            if (matches(pattern.split(u'/'), 0, path, 0)) {
                identity = m_rules.identities.value(pattern);
                break;
            }
        }
        for (const Json::Value element : value.items()) {
            QList<std::optional<QString>> inner = path;
            inner.append(std::nullopt);
            auto written = node(element, inner, secret, false);
            if (!written)
                continue;
            Item item;
            if (!identity.isEmpty() && element.isObject()) {
                const QStringList parts = identity.split(u',');
                for (const QString &part : parts) {
                    const Json::Value named = element[part.toStdString()];
                    item.key += named.isString() ? named.string() : named.numberText();
                    if (parts.size() > 1)
                        item.key += '\0';
                }
            }
            item.text = written->canonicalText().toStdString();
            item.text.pop_back();
            item.node = std::move(*written);
            items.push_back(std::move(item));
        }
        if (any(m_rules.unordered, path)) {
            std::ranges::stable_sort(items, [](const Item &left, const Item &right) {
                if (left.key != right.key)
                    return left.key < right.key;
                const bool strings = left.text.front() == '"' && right.text.front() == '"';
                return strings ? left.text.substr(1, left.text.size() - 2) < right.text.substr(1, right.text.size() - 2)
                               : left.text < right.text;
            });
        }
        Json::Node out = Json::Node::array();
        for (Item &item : items)
            out.append(std::move(item.node));
        return out;
    }

    const DomainRules &m_rules;
    const Redaction::Redactor &m_redactor;
};

/// The members of every object in another order.
QByteArray reordered(Json::Value value, Dice &dice)
{
    QByteArrayList parts;
    if (value.isArray()) {
        for (const Json::Value item : value.items())
            parts.append(reordered(item, dice));
        return '[' + parts.join(',') + ']';
    }
    if (!value.isObject())
        return Json::compactText(value);
    for (const Json::Member &member : value.members()) {
        std::string name;
        Json::appendString(name, member.key);
        parts.append(QByteArray::fromStdString(name) + ':' + reordered(member.value, dice));
    }
    dice.shuffle(parts);
    return '{' + parts.join(',') + '}';
}

} // namespace

class TestNormaliserProperties : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void agreesWithTheRulesByTheBook();
};

void TestNormaliserProperties::agreesWithTheRulesByTheBook()
{
    const auto redactor = Redaction::Redactor::builtIn(Redaction::Fingerprinter(QByteArray(32, 'k')));
    QVERIFY(redactor.has_value());
    qsizetype redacted = 0;
    for (unsigned seed = 1; seed <= 600; ++seed) {
        Dice dice(seed);
        DomainRules rules;
        rules.name = QStringLiteral("t");
        rules.dropped = patterns(dice, 2);
        rules.signals_ = patterns(dice, 1);
        rules.references = patterns(dice, 2);
        rules.unordered = patterns(dice, 4);
        rules.secrets = patterns(dice, 1);
        for (unsigned n = dice.below(3); n > 0; --n)
            rules.identities.insert(pattern(dice), dice.oneIn(2) ? QStringLiteral("id") : QStringLiteral("a,b"));
        Normaliser normaliser(rules, *redactor);
        Naive naive(rules, *redactor);
        for (int i = 0; i < 8; ++i) {
            const QByteArray text = "{\"x\":" + anything(dice, 0) + ",\"a\":" + anything(dice, 0) + ",\"c\":" + anything(dice, 0) + '}';
            const auto document = Json::parse(view(text));
            QVERIFY(document.has_value());
            const auto result = normaliser.normalise(document->root(), QStringLiteral("i"));
            QVERIFY(result.has_value());
            const QByteArray expected = naive.entity(document->root()).canonicalText();
            QVERIFY2(result->text == expected,
                     qPrintable(QStringLiteral("seed %1\n%2\n%3\n%4\ndropped %5 references %6 unordered %7 secrets %8 identities %9")
                                    .arg(seed)
                                    .arg(QString::fromUtf8(text), QString::fromUtf8(result->text), QString::fromUtf8(expected),
                                         rules.dropped.join(u' '), rules.references.join(u' '), rules.unordered.join(u' '),
                                         rules.secrets.join(u' '), QStringList(rules.identities.keys()).join(u' '))));
            const QByteArray shuffled = reordered(document->root(), dice);
            const auto other = Json::parse(view(shuffled));
            QVERIFY(other.has_value());
            const auto again = normaliser.normalise(other->root(), QStringLiteral("i"));
            QVERIFY(again.has_value());
            QCOMPARE(again->text, result->text);
            QCOMPARE(again->signal, result->signal);
            redacted += result->redactions;
        }
    }
    QVERIFY(redacted > 500);
}

QTEST_GUILESS_MAIN(TestNormaliserProperties)
#include "tst_normaliserproperties.moc"
