#pragma once

#include "base/error.h"
#include "sandbox/body.h"

#include <QDateTime>
#include <QList>
#include <QStringList>

#include <optional>

namespace Orgtrace::Sandbox {

/// One thing somebody does at one instant; docs/formats/scenario.md says what each action needs.
struct Step {
    enum class Action {
        Set,
        Restore,
        Save,
        Create,
        Delete,
        Recreate,
        AddMember,
        RemoveMember,
        Grant,
        Revoke,
        AddSkill,
        RemoveSkill,
        AddPolicy,
        RemovePolicy,
        Publish
    };
    int line = 0; ///< in the scenario file, for messages
    QDateTime atUtc;
    Action action = Action::Save;
    QString actor; ///< name of a user; empty: the platform itself (SYSTEM)
    QString remoteIp; ///< empty: the actor's usual address
    QString client; ///< name of the OAuth client used; empty: none is named
    QString story;
    bool incident = false;
    QString domain, entity;
    QString division;
    std::vector<std::pair<QStringList, std::optional<Body>>> fields; ///< path → value, nothing: unset
    QStringList members, skills, policies;
    int proficiency = 3;
    QString subjectType, subject, role;
};

/// A simulated period: when it begins and ends, when it is captured, and what happens. Names are resolved when the steps are played.
struct Scenario {
    QString name;
    QDateTime startUtc, endUtc;
    QList<QDateTime> captures; ///< ascending
    QStringList triggers; ///< what begins each: "schedule", "events", "hand"
    QList<Step> steps; ///< ascending by time
};

/// Reads TOML. Every mistake is named with its place: unknown keys, wrong types, missing needs of an action, times out of order or bounds.
/// Errors: BadInput, where = "<file>:<line>".
[[nodiscard]] Result<Scenario> readScenario(const QByteArray &toml, const QString &fileName);

} // namespace Orgtrace::Sandbox
