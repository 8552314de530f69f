#include "policy/policyfile.h"

#include "base/digest.h"

#include <toml++/toml.hpp>

#include <algorithm>

namespace Orgtrace::Policy {

namespace {

constexpr qsizetype MostBytes = 1024LL * 1024;
constexpr size_t MostRules = 2000;

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

/// Reads one table key by key; what nobody asked for is a mistake. The first mistake stays.
class Table
{
public:
    Table(const toml::table &table, QString file, QString what) : m_table(table), m_file(std::move(file)), m_what(std::move(what)) { }

    void fail(const toml::node &at, const QString &mistake)
    {
        if (!m_error)
            m_error = Error{ErrorCode::BadInput, m_what + mistake, m_file + u':' + QString::number(at.source().begin.line)};
    }
    void fail(const QString &mistake) { fail(m_table, mistake); }

    [[nodiscard]] const toml::node *take(const char *key)
    {
        m_known.append(QString::fromLatin1(key));
        return m_table.get(key);
    }

    QString string(const char *key)
    {
        const toml::node *node = take(key);
        if (!node)
            return {};
        const auto value = node->value_exact<std::string_view>();
        if (!value) {
            fail(*node, QStringLiteral("%1 must be text in quotes").arg(QLatin1StringView(key)));
            return {};
        }
        return text(*value);
    }

    QString needed(const char *key)
    {
        const bool given = m_table.contains(key);
        const QString value = string(key);
        if (value.isEmpty())
            fail(given ? *m_table.get(key) : static_cast<const toml::node &>(m_table),
                 QStringLiteral("%1 is missing: add %1 = \"…\"").arg(QLatin1StringView(key)));
        return value;
    }

    QStringList strings(const char *key)
    {
        const toml::node *node = take(key);
        QStringList out;
        if (!node)
            return out;
        const toml::array *list = node->as_array();
        if (!list) {
            fail(*node, QStringLiteral("%1 must be a list: [\"…\", \"…\"]").arg(QLatin1StringView(key)));
            return out;
        }
        for (const toml::node &item : *list) {
            const auto value = item.value_exact<std::string_view>();
            if (!value || value->empty())
                fail(item, QStringLiteral("%1 must hold texts in quotes, none of them empty").arg(QLatin1StringView(key)));
            else
                out.append(text(*value));
        }
        if (list->empty() && !m_mayBeEmpty)
            fail(*node, QStringLiteral("%1 is empty: name something or leave it out").arg(QLatin1StringView(key)));
        return out;
    }

    std::optional<bool> flag(const char *key)
    {
        const toml::node *node = take(key);
        if (!node)
            return std::nullopt;
        const auto value = node->value_exact<bool>();
        if (!value)
            fail(*node, QStringLiteral("%1 must be true or false").arg(QLatin1StringView(key)));
        return value;
    }

    /// Words of a fixed set.
    template<typename T> QList<T> words(const char *key, const QList<std::pair<QString, T>> &known)
    {
        QList<T> out;
        for (const auto those = strings(key); const QString &word : those) {
            const auto place = std::ranges::find(known, word, &std::pair<QString, T>::first);
            if (place != known.end()) {
                out.append(place->second);
                continue;
            }
            QStringList names;
            for (const auto &[name, value] : known)
                names.append(name);
            fail(*m_table.get(key),
                 QStringLiteral("%1 does not know \"%2\"; use %3").arg(QLatin1StringView(key), word, names.join(QStringLiteral(", "))));
        }
        return out;
    }

    void mayBeEmpty() { m_mayBeEmpty = true; }

    /// The first mistake, an unknown key included.
    std::optional<Error> finish()
    {
        for (const auto &[key, node] : m_table) {
            if (!m_known.contains(text(key.str())) && !m_error) {
                m_error = Error{ErrorCode::BadInput,
                                m_what
                                    + QStringLiteral("\"%1\" is no setting here; known are %2")
                                          .arg(text(key.str()), m_known.join(QStringLiteral(", "))),
                                m_file + u':' + QString::number(key.source().begin.line)};
            }
        }
        return m_error;
    }

private:
    const toml::table &m_table;
    QString m_file, m_what;
    QStringList m_known;
    bool m_mayBeEmpty = false;
    std::optional<Error> m_error;
};

Result<Rule> readRule(const toml::table &table, const QString &file)
{
    using Compare::ChangeKind;
    using Compare::FieldKind;
    static const QList<std::pair<QString, ChangeKind>> changeKinds{{QStringLiteral("added"), ChangeKind::Added},
                                                                   {QStringLiteral("removed"), ChangeKind::Removed},
                                                                   {QStringLiteral("modified"), ChangeKind::Modified}};
    static const QList<std::pair<QString, FieldKind>> fieldKinds{{QStringLiteral("added"), FieldKind::Added},
                                                                 {QStringLiteral("removed"), FieldKind::Removed},
                                                                 {QStringLiteral("modified"), FieldKind::Modified},
                                                                 {QStringLiteral("moved"), FieldKind::Moved},
                                                                 {QStringLiteral("type"), FieldKind::Type}};
    const QString name = text(table["id"].value_or(std::string_view()));
    Table reader(table, file, name.isEmpty() ? QStringLiteral("rule: ") : QStringLiteral("rule \"%1\": ").arg(name));
    Rule rule;
    rule.id = reader.needed("id");
    rule.title = reader.needed("title");
    const QString severity = reader.needed("severity");
    if (const auto known = severityFromName(severity))
        rule.severity = *known;
    else if (!severity.isEmpty())
        reader.fail(*table.get("severity"), QStringLiteral("there is no severity \"%1\"; use low, medium, high or critical").arg(severity));
    rule.domains = reader.strings("domains");
    if (!table.contains("domains"))
        reader.fail(QStringLiteral("domains is missing: add domains = [\"queues\"], or [\"*\"] for all"));
    rule.kinds = reader.words("kinds", changeKinds);
    for (const auto those = reader.strings("paths"); const QString &pattern : those)
        rule.paths.emplace_back(pattern);
    for (const auto these = reader.strings("except"); const QString &pattern : these)
        rule.except.emplace_back(pattern);
    rule.fieldKinds = reader.words("field-kinds", fieldKinds);
    rule.adminRole = reader.flag("admin-role");
    rule.adminHolder = reader.flag("admin-holder");
    rule.roleHolder = reader.flag("role-holder");
    rule.productionFlow = reader.flag("production-flow");
    rule.secret = reader.flag("secret");
    rule.recreated = reader.flag("recreated");
    if (auto error = reader.finish())
        return std::unexpected(*error);
    return rule;
}

Result<void> readMeanings(const toml::table &root, PolicyFile &out, Table &top, const QString &file)
{
    const auto section = [&](const char *key) -> const toml::table * {
        const toml::node *node = top.take(key);
        if (node && !node->is_table())
            top.fail(*node, QStringLiteral("%1 must be a section: [%1]").arg(QLatin1StringView(key)));
        return node ? node->as_table() : nullptr;
    };
    (void)root;
    if (const toml::table *table = section("admin-roles")) {
        Table reader(*table, file, QStringLiteral("[admin-roles]: "));
        reader.mayBeEmpty();
        out.adminNames = reader.strings("names");
        out.adminPermissions = reader.strings("permissions");
        for (const QString &permission : std::as_const(out.adminPermissions)) {
            if (permission.count(u':') != 2)
                reader.fail(*table->get("permissions"),
                            QStringLiteral("\"%1\" is no permission; write domain:entity:action").arg(permission));
        }
        if (auto error = reader.finish())
            return std::unexpected(*error);
    }
    if (const toml::table *table = section("production-flows")) {
        Table reader(*table, file, QStringLiteral("[production-flows]: "));
        reader.mayBeEmpty();
        out.flowReferences = reader.strings("referenced-by");
        out.productionDivisions = reader.strings("divisions");
        if (auto error = reader.finish())
            return std::unexpected(*error);
    }
    return {};
}

Result<PolicyFile> readTables(const toml::table &root, const QString &file)
{
    PolicyFile out;
    Table top(root, file, QString());
    if (const toml::node *version = top.take("version")) {
        const auto number = version->value_exact<int64_t>();
        if (number != 1)
            top.fail(*version, QStringLiteral("this version of Orgtrace reads version = 1"));
    } else {
        top.fail(QStringLiteral("version is missing: begin the file with version = 1"));
    }
    if (auto meanings = readMeanings(root, out, top, file); !meanings)
        return std::unexpected(meanings.error());
    const toml::node *rules = top.take("rule");
    const toml::array *list = rules ? rules->as_array() : nullptr;
    if (rules && !list)
        top.fail(*rules, QStringLiteral("rules are written [[rule]], with two brackets"));
    if (!rules)
        top.fail(QStringLiteral("there is no rule: add at least one [[rule]]"));
    if (list && list->size() > MostRules)
        top.fail(*rules, QStringLiteral("more than %1 rules").arg(MostRules));
    if (auto error = top.finish())
        return std::unexpected(*error);
    QHash<QString, qint64> lines;
    for (const toml::node &node : *list) {
        const toml::table *table = node.as_table();
        const QString where = file + u':' + QString::number(node.source().begin.line);
        if (!table)
            return Error::make(ErrorCode::BadInput, QStringLiteral("rules are written [[rule]], with two brackets"), where);
        Result<Rule> rule = readRule(*table, file);
        if (!rule)
            return std::unexpected(rule.error());
        if (lines.contains(rule->id)) {
            return Error::make(
                ErrorCode::BadInput,
                QStringLiteral("rule \"%1\" is there already, at line %2: give it another id").arg(rule->id).arg(lines.value(rule->id)),
                where);
        }
        lines.insert(rule->id, node.source().begin.line);
        out.rules.push_back(std::move(*rule));
    }
    std::ranges::stable_sort(out.rules, [](const Rule &left, const Rule &right) { return left.severity > right.severity; });
    return out;
}

} // namespace

Result<PolicyFile> readPolicyFile(const QByteArray &toml, const QString &fileName)
{
    if (toml.size() > MostBytes)
        return Error::make(ErrorCode::TooLarge, QStringLiteral("a policy file has at most 1 MB"), fileName);
    try {
        const toml::table root = toml::parse(view(toml), fileName.toStdString());
        return readTables(root, fileName);
    } catch (const toml::parse_error &error) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("this is no valid TOML: ") + text(error.description()),
                           fileName + u':' + QString::number(error.source().begin.line));
    }
}

} // namespace Orgtrace::Policy
