#pragma once

#include "operations/findings.h"

namespace Orgtrace {

/// Findings as the operations room makes them, small enough to reason about.
inline Operations::RangeFindings sampleFindings()
{
    using namespace Qt::StringLiterals;
    Operations::RangeFindings range;
    range.domainTitles = {{u"grants"_s, u"Role grants"_s},
                          {u"queues"_s, u"Queues"_s},
                          {u"users"_s, u"Users"_s},
                          {u"org_auth_settings"_s, u"Authentication settings"_s}};
    range.names = {{u"roles/67fe0000-0000-4000-8000-000000004702"_s, u"Master Admin"_s}, {u"users/u1"_s, u"admin-04"_s}};
    const auto add
        = [&](Policy::Severity severity, const QString &domain, const QString &entity, const QString &name, Compare::ChangeKind kind,
              const QList<Compare::FieldChange> &fields = {}, const QString &previous = {}, const QString &actor = {}) {
              Report::Finding finding;
              finding.judged.change.domain = domain;
              finding.judged.change.entity = entity;
              finding.judged.change.name = name;
              finding.judged.change.kind = kind;
              finding.judged.change.fields = fields;
              finding.judged.change.previousEntity = previous;
              finding.judged.verdict.severity = severity;
              finding.judged.verdict.title = u"A rule's title"_s;
              finding.judged.verdict.rule = u"a-rule"_s;
              if (!actor.isEmpty()) {
                  Audit::Event event;
                  event.id = u"e1"_s;
                  event.userName = actor;
                  finding.events.append(event);
              }
              range.findings.append(finding);
          };
    const auto field = [](Compare::FieldKind kind, const QString &path) {
        Compare::FieldChange change;
        change.kind = kind;
        change.path = path;
        change.pointer = path;
        return change;
    };
    using Compare::ChangeKind;
    using Compare::FieldKind;
    add(Policy::Severity::Critical, u"grants"_s, u"g1"_s, u"Contractors"_s, ChangeKind::Modified,
        {field(FieldKind::Added, u"/grants/[role=67fe0000-0000-4000-8000-000000004702,division=*]"_s)}, {}, u"admin-04"_s);
    add(Policy::Severity::High, u"queues"_s, u"q1"_s, u"Billing Tier 2"_s, ChangeKind::Modified,
        {field(FieldKind::Modified, u"/routingRules/0/threshold"_s), field(FieldKind::Modified, u"/routingRules/1/threshold"_s)});
    add(Policy::Severity::High, u"queues"_s, u"q2"_s, u"Archive"_s, ChangeKind::Removed);
    add(Policy::Severity::Low, u"users"_s, u"u9"_s, u"agent-0214"_s, ChangeKind::Added);
    add(Policy::Severity::Low, u"org_auth_settings"_s, QString(), QString(), ChangeKind::Modified,
        {field(FieldKind::Modified, u"/minimumLength"_s)});
    range.difference.suppressed = {{u"signals-only"_s, 3}, {u"type-only"_s, 2}};
    for (const QString &id : {u"u1"_s, u"u2"_s, u"u3"_s}) {
        range.difference.suppressedEntities.append({u"users"_s, id, {}, Compare::Reason::Signals, false, 0});
    }
    Compare::NotComparable lost;
    lost.domain = u"flows"_s;
    lost.why = u"forbidden in B"_s;
    range.difference.notComparable.append(lost);
    return range;
}

} // namespace Orgtrace
