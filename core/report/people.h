#pragma once

#include "json/node.h"
#include "json/value.h"

#include <QHash>
#include <QSet>
#include <QString>

namespace Orgtrace::Report {

/// Masks people in what a report shows: names become pseudonyms such as "user 3f9a1c", the same wherever the person occurs and in every
/// report of the organisation; mail addresses and phone numbers are masked; ids and fingerprints stay. With redaction off everything passes.
/// Limits: a name in running text is found where a captured user bears it and it has two words or more; others are found by field.
/// (Requirement 2.8.)
class People
{
public:
    /// @param names "domain/id" → name; those of domain "users" are people.
    People(bool redact, const QString &organisationId, const QHash<QString, QString> &names);

    [[nodiscard]] bool isRedacting() const { return m_redact; }
    [[nodiscard]] bool isPerson(const QString &id) const { return m_people.contains(id); }
    /// @param id of the user; where it is empty the name stands in for it.
    [[nodiscard]] QString person(const QString &id, const QString &name) const;
    /// The name of an entity: a person's becomes a pseudonym, any other is masked as text.
    [[nodiscard]] QString entityName(const QString &domain, const QString &id, const QString &name) const;
    /// Running text: names of captured users, mail addresses, phone numbers.
    [[nodiscard]] QString text(const QString &text) const;
    /// A JSON value of that field, masked throughout. @param path as FieldChange::path; @param entity the entity it belongs to.
    [[nodiscard]] Json::Node value(const QString &domain, const QString &entity, const QString &path, Json::Value value) const;
    /// One old or new value of an audit event's property.
    [[nodiscard]] QString property(const QString &entityType, const QString &property, const QString &value) const;

private:
    enum class Mood { Plain, Personal, Members };
    [[nodiscard]] Json::Node masked(Json::Value value, Mood mood, const QString &name, int depth) const;
    [[nodiscard]] QString pseudonym(const QString &id) const;
    [[nodiscard]] QString digest(const QString &id) const;
    [[nodiscard]] QString replaceNames(const QString &text) const;
    [[nodiscard]] QString hidden(const QString &text) const; ///< the pseudonym where it is a known name, else masked whatever it looks like

    bool m_redact;
    QString m_organisationId;
    QHash<QString, QString> m_people; ///< id → name
    QSet<QString> m_longCodes; ///< ids whose short code another person has as well
    QHash<QString, QStringList> m_byFirstWord; ///< folded first word → ids of names of two words or more, longest first
    QHash<QString, QString> m_wholeNames; ///< folded full name → id
};

} // namespace Orgtrace::Report
