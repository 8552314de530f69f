#pragma once

#include "sandbox/organisation.h"
#include "sandbox/sandbox.h"

namespace Orgtrace::Sandbox {

/// What a step was, as far as the list of changes tells it.
struct StepNote {
    QDateTime atUtc;
    QString actor; ///< user id; empty for the platform itself
    QString story;
    bool incident = false;
};

/// Everything the scenario changes, in order, and what is left of it between two times: made and undone again is nothing, made twice is one
/// change, recreated is lineage. It adds up what the steps did; it never looks at two states.
class Ledger
{
public:
    void add(const StepNote &step, std::vector<Effect> effects);
    /// Net changes of steps with from < at ≤ to, one an entity, by domain then entity.
    [[nodiscard]] QList<ScriptedChange> net(const QDateTime &fromUtc, const QDateTime &toUtc) const;
    /// Each step's changes by themselves, in order; `undone` where nothing is left of it at the next of these times. A step that only saved has kind "saved".
    [[nodiscard]] QList<ScriptedChange> script(const QList<QDateTime> &captureTimes) const;

private:
    struct Entry {
        StepNote step;
        std::vector<Effect> effects;
    };
    std::vector<Entry> m_entries; ///< by time
};

} // namespace Orgtrace::Sandbox
