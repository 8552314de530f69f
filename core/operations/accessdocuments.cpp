#include "operations/accessdocuments.h"

#include "access/nodes.h"
#include "base/clock.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

using Access::denialNodes;
using Access::pathNode;
using Access::subjectNode;

namespace {

Json::Node findingSubjectNode(const Policy::FindingSubject &found)
{
    Json::Node node;
    node["subject"] = subjectNode(found.subject);
    node["conditional"] = found.isConditional;
    node["proof"] = Json::Node::array();
    for (const Policy::HeldProof &proof : found.proof) {
        Json::Node row;
        row["permission"] = proof.permission;
        row["conditional"] = proof.isConditional;
        row["pathCount"] = static_cast<qint64>(proof.pathCount);
        row["denied"] = denialNodes(proof.denied);
        row["paths"] = Json::Node::array();
        for (const Access::AccessPath &path : proof.paths) {
            row["paths"].append(pathNode(path));
        }
        node["proof"].append(std::move(row));
    }
    node["proofCount"] = static_cast<qint64>(found.proofCount);
    node["ways"] = Json::Node::array();
    for (const Policy::FindingSubject::Way &way : found.ways) {
        Json::Node row;
        row["id"] = way.id;
        row["name"] = way.name;
        row["gains"] = Json::Node(way.gains);
        row["gainCount"] = static_cast<qint64>(way.gainCount);
        node["ways"].append(std::move(row));
    }
    node["wayCount"] = static_cast<qint64>(found.wayCount);
    node["lastSignIn"] = found.lastSignInUtc.isValid() ? Json::Node(isoUtc(found.lastSignInUtc)) : Json::Node();
    node["active"] = found.isActive;
    node["notes"] = Json::Node(found.notes);
    node["caveats"] = Json::Node(found.caveats);
    return node;
}

Json::Node rulesNode(const Policy::AccessCheck &check)
{
    Json::Node node;
    node["applied"] = static_cast<qint64>(check.applied);
    node["notJudged"] = Json::Node(check.notJudged);
    node["files"] = Json::Node::array();
    for (const Policy::AccessRuleSource &source : check.sources) {
        Json::Node row;
        row["name"] = source.name;
        row["sha256"] = QString::fromLatin1(source.sha256);
        row["rules"] = Json::Node(source.rules);
        row["replaced"] = Json::Node(source.replaced);
        row["switchedOff"] = Json::Node(source.switchedOff);
        row["sets"] = Json::Node(source.sets);
        row["risks"] = static_cast<qint64>(source.risks);
        node["files"].append(std::move(row));
    }
    return node;
}

} // namespace

Json::Node accessCheckDocument(const Policy::AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    Json::Node node;
    node["version"] = 1;
    node["snapshot"] = summary.id;
    node["observed"] = isoUtc(summary.observedUtc);
    node["findings"] = Json::Node::array();
    for (const Policy::AccessFinding &finding : check.findings) {
        Json::Node row;
        row["rule"] = finding.rule;
        row["kind"] = Policy::accessRuleKindName(finding.kind);
        row["title"] = finding.title;
        row["severity"] = Policy::severityName(finding.severity);
        row["advice"] = finding.advice;
        row["subjectCount"] = static_cast<qint64>(finding.subjectCount);
        row["subjects"] = Json::Node::array();
        for (const Policy::FindingSubject &found : finding.subjects) {
            row["subjects"].append(findingSubjectNode(found));
        }
        node["findings"].append(std::move(row));
    }
    node["risks"] = Json::Node::array();
    for (const Policy::SubjectRisk &risk : check.risks) {
        Json::Node row;
        row["subject"] = subjectNode(risk.subject);
        row["severity"] = Policy::severityName(risk.severity);
        row["conditional"] = risk.isConditional;
        row["active"] = risk.isActive;
        row["permissions"] = Json::Node::object();
        for (auto count = risk.permissions.cbegin(); count != risk.permissions.cend(); ++count) {
            row["permissions"][Policy::severityName(count.key()).toStdString()] = static_cast<qint64>(count.value());
        }
        node["risks"].append(std::move(row));
    }
    node["riskCount"] = static_cast<qint64>(check.riskCount);
    node["rules"] = rulesNode(check);
    node["notes"] = Json::Node(check.notes);
    node["caveats"] = Json::Node(check.caveats);
    return node;
}

Json::Node crossCheckDocument(const CrossCheck &check, const Evidence::SnapshotSummary &summary, quint64 seed)
{
    Json::Node node;
    node["version"] = 1;
    node["snapshot"] = summary.id;
    node["observed"] = isoUtc(summary.observedUtc);
    node["seed"] = QString::number(seed);
    node["users"] = static_cast<qint64>(check.users);
    node["asked"] = static_cast<qint64>(check.asked);
    node["agreed"] = static_cast<qint64>(check.agreed);
    node["notAsked"] = static_cast<qint64>(check.notAsked);
    node["disagreements"] = Json::Node::array();
    for (const CrossCheck::Disagreement &found : check.disagreements) {
        Json::Node row;
        row["subject"] = subjectNode(found.subject);
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
    for (const CrossCheck::Fault &fault : check.faults) {
        Json::Node row;
        row["subject"] = subjectNode(fault.subject);
        row["error"]["code"] = errorCodeName(fault.error.code);
        row["error"]["message"] = fault.error.detail;
        row["error"]["where"] = fault.error.where;
        node["faults"].append(std::move(row));
    }
    return node;
}

} // namespace Orgtrace::Operations
