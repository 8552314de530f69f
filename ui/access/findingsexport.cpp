#include "access/findingsexport.h"

#include "access/accesschanges.h"
#include "base/clock.h"
#include "changes/changeexport.h"
#include "theme/theme.h"
#include "json/node.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Policy::AccessCheck;
using Policy::AccessFinding;
using Policy::FindingSubject;
using Policy::HeldProof;

namespace {

QString exportWord(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

// ---- JSON, member for member what the command line writes; a test holds the two together --------------------------------------

Json::Node exportSubject(const Access::Subject &subject)
{
    Json::Node node;
    node["id"] = subject.id;
    node["name"] = subject.name;
    node["kind"] = Access::subjectKindName(subject.kind);
    return node;
}

Json::Node exportPath(const Access::AccessPath &path)
{
    Json::Node node;
    node["via"] = path.via == Access::SubjectKind::User ? u"direct"_s : Access::subjectKindName(path.via);
    node["container"] = path.containerId;
    node["containerName"] = path.containerName;
    node["containers"] = Json::Node::array();
    for (const Access::Subject &container : path.containers) {
        node["containers"].append(exportSubject(container));
    }
    node["role"] = path.roleId;
    node["roleName"] = path.roleName;
    node["division"] = path.divisionId;
    node["divisionName"] = path.divisionName;
    node["divisionAware"] = path.divisionAware;
    node["policy"] = path.policy;
    node["conditional"] = path.conditional;
    node["synthetic"] = path.synthetic;
    return node;
}

Json::Node exportFindingSubject(const FindingSubject &found)
{
    Json::Node node;
    node["subject"] = exportSubject(found.subject);
    node["conditional"] = found.isConditional;
    node["proof"] = Json::Node::array();
    for (const HeldProof &proof : found.proof) {
        Json::Node row;
        row["permission"] = proof.permission;
        row["conditional"] = proof.isConditional;
        row["pathCount"] = static_cast<qint64>(proof.pathCount);
        row["paths"] = Json::Node::array();
        for (const Access::AccessPath &path : proof.paths) {
            row["paths"].append(exportPath(path));
        }
        node["proof"].append(std::move(row));
    }
    node["proofCount"] = static_cast<qint64>(found.proofCount);
    node["ways"] = Json::Node::array();
    for (const FindingSubject::Way &way : found.ways) {
        Json::Node row;
        row["id"] = way.id;
        row["name"] = way.name;
        row["gains"] = Json::Node(way.gains);
        row["gainCount"] = static_cast<qint64>(way.gainCount);
        node["ways"].append(std::move(row));
    }
    node["wayCount"] = static_cast<qint64>(found.wayCount);
    node["lastSignIn"] = found.lastSignInUtc.isValid() ? Json::Node(isoUtc(found.lastSignInUtc)) : Json::Node();
    return node;
}

Json::Node exportCheck(const AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    Json::Node node;
    node["version"] = 1;
    node["snapshot"] = summary.id;
    node["observed"] = isoUtc(summary.observedUtc);
    node["findings"] = Json::Node::array();
    for (const AccessFinding &finding : check.findings) {
        Json::Node row;
        row["rule"] = finding.rule;
        row["kind"] = Policy::accessRuleKindName(finding.kind);
        row["title"] = finding.title;
        row["severity"] = Policy::severityName(finding.severity);
        row["advice"] = finding.advice;
        row["subjectCount"] = static_cast<qint64>(finding.subjectCount);
        row["subjects"] = Json::Node::array();
        for (const FindingSubject &found : finding.subjects) {
            row["subjects"].append(exportFindingSubject(found));
        }
        node["findings"].append(std::move(row));
    }
    node["risks"] = Json::Node::array();
    for (const Policy::SubjectRisk &risk : check.risks) {
        Json::Node row;
        row["subject"] = exportSubject(risk.subject);
        row["severity"] = Policy::severityName(risk.severity);
        row["conditional"] = risk.isConditional;
        row["permissions"] = Json::Node::object();
        for (auto count = risk.permissions.cbegin(); count != risk.permissions.cend(); ++count) {
            row["permissions"][Policy::severityName(count.key()).toStdString()] = static_cast<qint64>(count.value());
        }
        node["risks"].append(std::move(row));
    }
    node["riskCount"] = static_cast<qint64>(check.riskCount);
    node["notes"] = Json::Node(check.notes);
    node["caveats"] = Json::Node(check.caveats);
    return node;
}

Json::Node exportCrossCheck(const CrossChecked &cross)
{
    Json::Node node;
    node["version"] = 1;
    node["snapshot"] = cross.summary.id;
    node["observed"] = isoUtc(cross.summary.observedUtc);
    node["seed"] = QString::number(cross.seed);
    node["users"] = static_cast<qint64>(cross.check.users);
    node["asked"] = static_cast<qint64>(cross.check.asked);
    node["agreed"] = static_cast<qint64>(cross.check.agreed);
    node["notAsked"] = static_cast<qint64>(cross.check.notAsked);
    node["disagreements"] = Json::Node::array();
    for (const auto &found : cross.check.disagreements) {
        Json::Node row;
        row["subject"] = exportSubject(found.subject);
        row["severity"] = Policy::severityName(Policy::Severity::High);
        row["platform"]["roles"] = Json::Node(found.rolesThere);
        row["platform"]["grants"] = Json::Node(found.grantsThere);
        row["platform"]["permissions"] = Json::Node(found.permissionsThere);
        row["resolver"]["roles"] = Json::Node(found.rolesHere);
        row["resolver"]["grants"] = Json::Node(found.grantsHere);
        row["resolver"]["permissions"] = Json::Node(found.permissionsHere);
        node["disagreements"].append(std::move(row));
    }
    node["faults"] = Json::Node::array();
    for (const auto &fault : cross.check.faults) {
        Json::Node row;
        row["subject"] = exportSubject(fault.subject);
        row["error"]["code"] = errorCodeName(fault.error.code);
        row["error"]["message"] = fault.error.detail;
        row["error"]["where"] = fault.error.where;
        node["faults"].append(std::move(row));
    }
    return node;
}

// ---- CSV ---------------------------------------------------------------------------------------------------------------------

QByteArray findingsCsv(const AccessCheck &check)
{
    QByteArray text("\xEF\xBB\xBF");
    text += csvRow({u"severity"_s, u"rule"_s, u"title"_s, u"subject"_s, u"subject id"_s, u"subject kind"_s, u"conditional"_s,
                    u"permission"_s, u"path"_s, u"paths"_s, u"way"_s, u"gains"_s, u"last sign-in"_s, u"what to do"_s});
    for (const AccessFinding &finding : check.findings) {
        const QStringList head{Policy::severityName(finding.severity), finding.rule, finding.title};
        if (finding.subjects.isEmpty()) {
            text += csvRow(head + QStringList{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, finding.advice});
        }
        for (const FindingSubject &found : finding.subjects) {
            const QStringList who = head
                + QStringList{found.subject.name, found.subject.id, Access::subjectKindName(found.subject.kind),
                              found.isConditional ? u"true"_s : u"false"_s};
            const QStringList tail{found.lastSignInUtc.isValid() ? isoUtc(found.lastSignInUtc) : QString(), finding.advice};
            for (const HeldProof &proof : found.proof) {
                text += csvRow(who
                               + QStringList{proof.permission, proof.paths.isEmpty() ? QString() : pathInWords({}, proof.paths.first()),
                                             QString::number(proof.pathCount), QString(), QString()}
                               + tail);
            }
            for (const FindingSubject::Way &way : found.ways) {
                text += csvRow(who
                               + QStringList{QString(), QString(), QString(), way.name.isEmpty() ? way.id : way.name, way.gains.join(u' ')}
                               + tail);
            }
            if (found.proof.isEmpty() && found.ways.isEmpty()) {
                text += csvRow(who + QStringList{{}, {}, {}, {}, {}} + tail);
            }
        }
    }
    return text;
}

QByteArray crossCheckCsv(const CrossChecked &cross)
{
    QByteArray text("\xEF\xBB\xBF");
    text += csvRow({u"subject"_s, u"subject id"_s, u"what"_s, u"said only by"_s, u"value"_s});
    for (const auto &one : cross.check.disagreements) {
        const auto rows = [&](const QString &what, const QString &by, const QStringList &values) {
            for (const QString &value : values) {
                text += csvRow({one.subject.name, one.subject.id, what, by, value});
            }
        };
        rows(u"role"_s, u"platform"_s, one.rolesThere);
        rows(u"role"_s, u"snapshot"_s, one.rolesHere);
        rows(u"grant"_s, u"platform"_s, one.grantsThere);
        rows(u"grant"_s, u"snapshot"_s, one.grantsHere);
        rows(u"permission"_s, u"platform"_s, one.permissionsThere);
        rows(u"permission"_s, u"snapshot"_s, one.permissionsHere);
    }
    for (const auto &fault : cross.check.faults) {
        text += csvRow({fault.subject.name, fault.subject.id, u"not compared"_s, QString(), errorCodeName(fault.error.code)});
    }
    return text;
}

// ---- Markdown ----------------------------------------------------------------------------------------------------------------

QByteArray findingsMarkdown(const AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    QStringList lines{u"## "_s + escapedMarkdown(exportWord("Access findings of the snapshot of %1").arg(utcText(summary.observedUtc))),
                      {},
                      escapedMarkdown(findingsSummary(check))};
    for (const AccessFinding &finding : check.findings) {
        lines.append(QString());
        lines.append(u"### "_s + severityText(finding.severity) + u": "_s + escapedMarkdown(finding.title) + u" (`"_s
                     + QString(finding.rule).remove(u'`').simplified() + u"`)"_s);
        lines.append(QString());
        lines.append(exportWord("What to do:") + u' ' + escapedMarkdown(finding.advice));
        lines.append(QString());
        if (finding.subjects.isEmpty()) {
            lines.append(exportWord("Nobody holds it."));
            continue;
        }
        lines.append(u"| "_s + exportWord("Subject") + u" | "_s + exportWord("Permissions") + u" | "_s + exportWord("Through") + u" |"_s);
        lines.append(u"|---|---|---|"_s);
        for (const FindingSubject &found : finding.subjects) {
            QStringList permissions, paths;
            for (const HeldProof &proof : found.proof) {
                permissions.append(escapedMarkdown(proof.permission));
                if (!proof.paths.isEmpty()) {
                    paths.append(escapedMarkdown(pathInWords({}, proof.paths.first())));
                }
            }
            for (const FindingSubject::Way &way : found.ways) {
                paths.append(
                    escapedMarkdown(exportWord("by way of %1: %2").arg(way.name.isEmpty() ? way.id : way.name, way.gains.join(u", "_s))));
            }
            paths.removeDuplicates();
            lines.append(u"| "_s
                         + escapedMarkdown(nameOrId(found.subject) + u" ("_s + subjectKindText(found.subject.kind) + u", "_s
                                           + found.subject.id + u')')
                         + (found.isConditional ? u", "_s + exportWord("under a condition") : QString()) + u" | "_s
                         + permissions.join(u"<br>"_s) + u" | "_s + paths.join(u"<br>"_s) + u" |"_s);
        }
        if (finding.subjectCount > finding.subjects.size()) {
            lines.append(QString());
            lines.append(exportWord("and %1 more").arg(countText(finding.subjectCount - finding.subjects.size())));
        }
    }
    for (const QStringList unknown = check.notes + check.caveats; const QString &line : unknown) {
        lines.append(u"\n> "_s + escapedMarkdown(line));
    }
    return QString(lines.join(u'\n') + u'\n').toUtf8();
}

QByteArray crossCheckMarkdown(const CrossChecked &cross)
{
    QStringList lines{u"## "_s + escapedMarkdown(exportWord("What the platform says, and the snapshot")),
                      {},
                      escapedMarkdown(crossCheckSummary(cross.check, cross.summary))};
    for (const auto &one : cross.check.disagreements) {
        lines.append(QString());
        lines.append(u"### "_s + escapedMarkdown(nameOrId(one.subject) + u" ("_s + one.subject.id + u')'));
        lines.append(QString());
        for (const QStringList words = disagreementInWords(one); const QString &line : words) {
            lines.append(u"- "_s + escapedMarkdown(line));
        }
    }
    return QString(lines.join(u'\n') + u'\n').toUtf8();
}

} // namespace

QByteArray findingsAs(FindingsFormat format, const AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    switch (format) {
    case FindingsFormat::Json: return exportCheck(check, summary).canonicalText();
    case FindingsFormat::Csv: return findingsCsv(check);
    case FindingsFormat::Markdown: break;
    }
    return findingsMarkdown(check, summary);
}

QByteArray crossCheckAs(FindingsFormat format, const CrossChecked &cross)
{
    switch (format) {
    case FindingsFormat::Json: return exportCrossCheck(cross).canonicalText();
    case FindingsFormat::Csv: return crossCheckCsv(cross);
    case FindingsFormat::Markdown: break;
    }
    return crossCheckMarkdown(cross);
}

} // namespace Orgtrace::Ui
