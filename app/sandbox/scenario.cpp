#include "sandbox/scenario.h"

#include <QHash>
#include <QTimeZone>

#include <toml++/toml.hpp>

#include <algorithm>
#include <format>
#include <set>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr qsizetype maxFileBytes = 8LL * 1024 * 1024;
constexpr qsizetype maxSteps = 100'000;

/// What each action needs beside `at`, `do` and the notes; `may` lists what it may have.
struct ActionRule {
    Step::Action action;
    QStringList needs, may;
};

const QHash<QString, ActionRule> &actionRules()
{
    using enum Step::Action;
    static const QHash<QString, ActionRule> rules{
        {u"set"_s, {Set, {u"domain"_s, u"entity"_s}, {u"fields"_s, u"unset"_s}}},
        {u"restore"_s, {Restore, {u"domain"_s, u"entity"_s}, {}}},
        {u"save"_s, {Save, {u"domain"_s, u"entity"_s}, {}}},
        {u"create"_s, {Create, {u"domain"_s, u"entity"_s}, {u"division"_s, u"fields"_s, u"policies"_s}}},
        {u"delete"_s, {Delete, {u"domain"_s, u"entity"_s}, {}}},
        {u"recreate"_s, {Recreate, {u"entity"_s}, {u"policies"_s, u"fields"_s}}},
        {u"add_member"_s, {AddMember, {u"domain"_s, u"entity"_s, u"members"_s}, {}}},
        {u"remove_member"_s, {RemoveMember, {u"domain"_s, u"entity"_s, u"members"_s}, {}}},
        {u"grant"_s, {Grant, {u"subject_type"_s, u"subject"_s, u"role"_s, u"division"_s}, {}}},
        {u"revoke"_s, {Revoke, {u"subject_type"_s, u"subject"_s, u"role"_s, u"division"_s}, {}}},
        {u"add_skill"_s, {AddSkill, {u"entity"_s, u"skills"_s}, {u"proficiency"_s}}},
        {u"remove_skill"_s, {RemoveSkill, {u"entity"_s, u"skills"_s}, {}}},
        {u"add_policy"_s, {AddPolicy, {u"entity"_s, u"policies"_s}, {}}},
        {u"remove_policy"_s, {RemovePolicy, {u"entity"_s, u"policies"_s}, {}}},
        {u"publish"_s, {Publish, {u"entity"_s}, {}}},
    };
    return rules;
}

/// Reads one table strictly; the first mistake is kept.
class Reader
{
public:
    Reader(const toml::table &table, QString file) : m_table(table), m_file(std::move(file)) { }

    [[nodiscard]] bool failed() const { return m_error.has_value(); }
    [[nodiscard]] const Error &error() const { return *m_error; }
    void adopt(const Reader &part) ///< the mistake of a table within this one
    {
        if (!m_error)
            m_error = part.m_error;
    }
    [[nodiscard]] int line() const { return static_cast<int>(m_table.source().begin.line); }
    [[nodiscard]] bool has(const QString &key) const { return m_table.contains(key.toStdString()); }

    void fail(const QString &detail, const toml::node *node = nullptr)
    {
        if (m_error)
            return;
        const int at = node ? static_cast<int>(node->source().begin.line) : line();
        m_error = Error{ErrorCode::BadInput, detail, u"%1:%2"_s.arg(m_file).arg(at)};
    }

    const toml::node *take(const QString &key)
    {
        m_known.insert(key.toStdString());
        return m_table.get(key.toStdString());
    }

    QString text(const QString &key)
    {
        const toml::node *node = take(key);
        if (!node)
            return {};
        if (const auto *value = node->as_string())
            return QString::fromStdString(value->get());
        fail(u"\"%1\" must be a text."_s.arg(key), node);
        return {};
    }

    bool flag(const QString &key)
    {
        const toml::node *node = take(key);
        if (!node)
            return false;
        if (const auto *value = node->as_boolean())
            return value->get();
        fail(u"\"%1\" must be true or false."_s.arg(key), node);
        return false;
    }

    qint64 integer(const QString &key, qint64 otherwise, qint64 low, qint64 high)
    {
        const toml::node *node = take(key);
        if (!node)
            return otherwise;
        const auto *value = node->as_integer();
        if (value && value->get() >= low && value->get() <= high)
            return value->get();
        fail(u"\"%1\" must be a whole number from %2 to %3."_s.arg(key).arg(low).arg(high), node);
        return otherwise;
    }

    QDateTime time(const QString &key)
    {
        const toml::node *node = take(key);
        if (!node) {
            fail(u"\"%1\" is missing."_s.arg(key));
            return {};
        }
        return time(*node, key);
    }

    QDateTime time(const toml::node &node, const QString &key)
    {
        if (const auto *value = node.as_date_time(); value && value->get().offset) {
            const toml::date_time &t = value->get();
            const QDateTime local(QDate(t.date.year, t.date.month, t.date.day), QTime(t.time.hour, t.time.minute, t.time.second),
                                  QTimeZone::fromSecondsAheadOfUtc(t.offset->minutes * 60));
            if (local.isValid())
                return local.toUTC();
        }
        fail(u"\"%1\" must be a time with its zone, such as 2026-10-17T02:14:00Z, without quotes."_s.arg(key), &node);
        return {};
    }

    QStringList texts(const QString &key)
    {
        const toml::node *node = take(key);
        if (!node)
            return {};
        QStringList list;
        if (const auto *array = node->as_array()) {
            for (const toml::node &item : *array) {
                const auto *value = item.as_string();
                if (!value) {
                    fail(u"\"%1\" must hold texts only."_s.arg(key), &item);
                    return {};
                }
                list.append(QString::fromStdString(value->get()));
            }
            return list;
        }
        fail(u"\"%1\" must be a list of texts."_s.arg(key), node);
        return {};
    }

    void finish()
    {
        for (const auto &[key, node] : m_table) {
            if (!m_known.contains(std::string(key.str())))
                fail(u"\"%1\" is not known here."_s.arg(QString::fromUtf8(key.str())), &node);
        }
    }

    std::optional<Body> json(const toml::node &node, int depth = 0)
    {
        if (depth > 32) {
            fail(u"Nested too deep."_s, &node);
            return std::nullopt;
        }
        if (const auto *text = node.as_string())
            return Body::string(text->get());
        if (const auto *flag = node.as_boolean())
            return Body(flag->get());
        if (const auto *number = node.as_integer())
            return Body(static_cast<qint64>(number->get()));
        if (const auto *number = node.as_floating_point())
            return Body(number->get());
        if (const auto *array = node.as_array()) {
            Body list = Body::array();
            for (const toml::node &item : *array) {
                auto value = json(item, depth + 1);
                if (!value)
                    return std::nullopt;
                list.append(std::move(*value));
            }
            return list;
        }
        if (const auto *table = node.as_table()) {
            Body object = Body::object();
            for (const auto &[key, item] : *table) {
                auto value = json(item, depth + 1);
                if (!value)
                    return std::nullopt;
                object.set(key.str(), std::move(*value));
            }
            return object;
        }
        fail(u"Times inside \"fields\" are written as text."_s, &node);
        return std::nullopt;
    }

private:
    const toml::table &m_table;
    QString m_file;
    std::set<std::string, std::less<>> m_known;
    std::optional<Error> m_error;
};

QStringList path(const std::string &key)
{
    return QString::fromStdString(key).split(u'/');
}

void readFields(Reader &reader, Step &step)
{
    if (const toml::node *node = reader.take(u"fields"_s)) {
        const auto *table = node->as_table();
        if (!table) {
            reader.fail(u"\"fields\" must be a table of path = value."_s, node);
            return;
        }
        for (const auto &[key, value] : *table) {
            auto body = reader.json(value);
            if (!body)
                return;
            step.fields.emplace_back(path(std::string(key.str())), std::move(*body));
        }
    }
    for (const auto those = reader.texts(u"unset"_s); const QString &key : those)
        step.fields.emplace_back(key.split(u'/'), std::nullopt);
}

Result<Step> readStep(const toml::table &table, const QString &file)
{
    Reader reader(table, file);
    Step step;
    step.line = reader.line();
    step.atUtc = reader.time(u"at"_s);
    const QString action = reader.text(u"do"_s);
    step.actor = reader.text(u"actor"_s);
    step.remoteIp = reader.text(u"from"_s);
    step.client = reader.text(u"client"_s);
    step.story = reader.text(u"story"_s);
    step.incident = reader.flag(u"incident"_s);
    step.domain = reader.text(u"domain"_s);
    step.entity = reader.text(u"entity"_s);
    step.division = reader.text(u"division"_s);
    step.members = reader.texts(u"members"_s);
    step.skills = reader.texts(u"skills"_s);
    step.policies = reader.texts(u"policies"_s);
    step.proficiency = static_cast<int>(reader.integer(u"proficiency"_s, 3, 0, 5));
    step.subjectType = reader.text(u"subject_type"_s);
    step.subject = reader.text(u"subject"_s);
    step.role = reader.text(u"role"_s);
    readFields(reader, step);
    reader.finish();

    const auto rule = actionRules().constFind(action);
    if (rule == actionRules().cend()) {
        QStringList names = actionRules().keys();
        names.sort();
        reader.fail(action.isEmpty() ? u"\"do\" is missing; it is one of %1."_s.arg(names.join(u", "_s))
                                     : u"\"%1\" is no action; there are %2."_s.arg(action, names.join(u", "_s)));
        return std::unexpected(reader.error());
    }
    step.action = rule->action;
    for (const QString &need : rule->needs) {
        if (!reader.has(need))
            reader.fail(u"\"%1\" needs \"%2\"."_s.arg(action, need));
    }
    static const QStringList specific{u"domain"_s,      u"entity"_s,       u"division"_s, u"members"_s, u"skills"_s, u"policies"_s,
                                      u"proficiency"_s, u"subject_type"_s, u"subject"_s,  u"role"_s,    u"fields"_s, u"unset"_s};
    for (const QString &key : specific) {
        if (reader.has(key) && !rule->needs.contains(key) && !rule->may.contains(key))
            reader.fail(u"\"%1\" has no use for \"%2\"."_s.arg(action, key));
    }
    if (step.action == Step::Action::Set && step.fields.empty())
        reader.fail(u"\"set\" needs \"fields\" or \"unset\"."_s);
    if (step.story.isEmpty())
        reader.fail(u"Every step needs a \"story\", one plain sentence."_s);
    if (step.action == Step::Action::AddSkill || step.action == Step::Action::RemoveSkill)
        step.domain = u"users"_s;
    if (step.action == Step::Action::AddPolicy || step.action == Step::Action::RemovePolicy || step.action == Step::Action::Recreate)
        step.domain = u"roles"_s;
    if (step.action == Step::Action::Publish)
        step.domain = u"flows"_s;
    if (reader.failed())
        return std::unexpected(reader.error());
    return step;
}

/// A time, or { at = time, by = what began it }.
void readCapture(Reader &reader, const toml::node &item, const QString &file, Scenario &scenario)
{
    const toml::table *table = item.as_table();
    if (!table) {
        scenario.captures.append(reader.time(item, u"captures"_s));
        scenario.triggers.append(u"schedule"_s);
        return;
    }
    Reader one(*table, file);
    scenario.captures.append(one.time(u"at"_s));
    scenario.triggers.append(one.text(u"by"_s));
    one.finish();
    if (!one.failed() && !QStringList{u"schedule"_s, u"events"_s, u"hand"_s}.contains(scenario.triggers.last()))
        one.fail(u"\"by\" is schedule, events or hand."_s, &item);
    if (one.failed())
        reader.adopt(one);
}

Result<void> readHead(const toml::table &root, const QString &file, Scenario &scenario)
{
    const toml::node *node = root.get("scenario");
    const toml::table *table = node ? node->as_table() : nullptr;
    if (!table)
        return Error::make(ErrorCode::BadInput, u"A scenario begins with a table [scenario]."_s, file);
    Reader reader(*table, file);
    scenario.name = reader.text(u"name"_s);
    scenario.startUtc = reader.time(u"start"_s);
    scenario.endUtc = reader.time(u"end"_s);
    const toml::node *captures = reader.take(u"captures"_s);
    const toml::array *array = captures ? captures->as_array() : nullptr;
    if (!array || array->size() < 2)
        reader.fail(u"\"captures\" must be a list of two times or more."_s, captures);
    else
        for (const toml::node &item : *array)
            readCapture(reader, item, file, scenario);
    reader.finish();
    if (!reader.failed() && scenario.endUtc <= scenario.startUtc)
        reader.fail(u"\"end\" must come after \"start\"."_s);
    if (!reader.failed()
        && (!std::ranges::is_sorted(scenario.captures, std::less_equal<>()) || scenario.captures.first() < scenario.startUtc
            || scenario.captures.last() > scenario.endUtc))
        reader.fail(u"\"captures\" must rise and lie between \"start\" and \"end\"."_s, captures);
    if (reader.failed())
        return std::unexpected(reader.error());
    return {};
}

Result<Scenario> readParsed(const toml::table &root, const QString &file)
{
    Scenario scenario;
    if (auto head = readHead(root, file, scenario); !head)
        return std::unexpected(head.error());
    for (const auto &[key, node] : root) {
        if (key.str() != "scenario" && key.str() != "step")
            return Error::make(ErrorCode::BadInput, u"\"%1\" is not known here."_s.arg(QString::fromUtf8(key.str())),
                               u"%1:%2"_s.arg(file).arg(node.source().begin.line));
    }
    if (const toml::node *node = root.get("step")) {
        const toml::array *steps = node->as_array();
        if (!steps || static_cast<qsizetype>(steps->size()) > maxSteps)
            return Error::make(ErrorCode::BadInput, u"Steps are written as [[step]], at most %1 of them."_s.arg(maxSteps), file);
        for (const toml::node &item : *steps) {
            const toml::table *table = item.as_table();
            if (!table)
                return Error::make(ErrorCode::BadInput, u"Steps are written as [[step]]."_s,
                                   u"%1:%2"_s.arg(file).arg(item.source().begin.line));
            auto step = readStep(*table, file);
            if (!step)
                return std::unexpected(step.error());
            const bool late = step->atUtc > scenario.endUtc || step->atUtc < scenario.startUtc;
            const bool unordered = !scenario.steps.isEmpty() && step->atUtc < scenario.steps.last().atUtc;
            if (late || unordered)
                return Error::make(ErrorCode::BadInput,
                                   late ? u"This step lies outside the scenario."_s
                                        : u"Steps must be in order of time; this one is earlier than the one above."_s,
                                   u"%1:%2"_s.arg(file).arg(step->line));
            scenario.steps.append(std::move(*step));
        }
    }
    return scenario;
}

} // namespace

Result<Scenario> readScenario(const QByteArray &toml, const QString &fileName)
{
    if (toml.size() > maxFileBytes)
        return Error::make(ErrorCode::BadInput, u"The scenario is larger than 8 MB."_s, fileName);
    try {
        return readParsed(toml::parse(std::string_view(toml.constData(), static_cast<size_t>(toml.size()))), fileName);
    } catch (const toml::parse_error &error) {
        return Error::make(ErrorCode::BadInput, QString::fromUtf8(error.description()),
                           u"%1:%2"_s.arg(fileName).arg(error.source().begin.line));
    }
}

} // namespace Orgtrace::Sandbox
