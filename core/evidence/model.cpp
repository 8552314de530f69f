#include "evidence/model.h"

#include "base/clock.h"
#include "evidence/schema.h"
#include "evidence/wire.h"
#include "json/canonical.h"
#include "json/node.h"

namespace Orgtrace::Evidence {

namespace {

Json::Node text(const QString &value)
{
    return Json::Node(toWtf8(value).toStdString());
}

Json::Node time(const QDateTime &value)
{
    return value.isValid() ? text(isoUtc(value)) : Json::Node();
}

QString text(Json::Value value)
{
    return fromWtf8(value.string());
}

QDateTime time(Json::Value value)
{
    return value.isString() ? parseIsoUtc(text(value)) : QDateTime();
}

Json::Node rowNode(const LedgerRow &row)
{
    Json::Node node = Json::Node::object();
    node["state"] = text(ledgerStateName(row.state));
    node["reason"] = text(row.reason);
    node["observed_in"] = text(row.observedIn);
    node["announced"] = row.announced ? Json::Node(*row.announced) : Json::Node();
    node["entities"] = row.entities;
    node["pages"] = row.pages;
    node["retries"] = row.retries;
    node["first_request_utc"] = time(row.firstRequestUtc);
    node["last_response_utc"] = time(row.lastResponseUtc);
    node["clock_offset_ms"] = row.clockOffsetMs;
    node["catalogue_hash"] = text(row.catalogueHash);
    node["root"] = text(row.root);
    node["signals_root"] = text(row.signalsRoot);
    Json::Node quarantined = Json::Node::array();
    for (const Quarantined &entity : row.quarantined) {
        Json::Node item = Json::Node::object();
        item["id"] = text(entity.id);
        item["why"] = text(entity.why);
        item["sha256"] = text(entity.sha256);
        quarantined.append(std::move(item));
    }
    node["quarantined"] = std::move(quarantined);
    Json::Node failed = Json::Node::array();
    for (const QString &parent : row.failedParents)
        failed.append(text(parent));
    node["failed_parents"] = std::move(failed);
    Json::Node longIds = Json::Node::object();
    for (const auto &[name, id] : row.longIds)
        longIds[toWtf8(name).toStdString()] = text(id);
    node["long_ids"] = std::move(longIds);
    if (row.proof) {
        Json::Node proof = Json::Node::object();
        proof["state"] = text(proofStateName(row.proof->state));
        proof["reason"] = text(row.proof->reason);
        proof["items"] = row.proof->items;
        proof["lists"] = row.proof->lists;
        proof["rounds"] = row.proof->rounds;
        node["proof"] = std::move(proof);
    }
    return node;
}

/// A state nobody knows claims nothing.
LedgerProof readProof(Json::Value value)
{
    LedgerProof proof;
    for (const ProofState state : {ProofState::Proven, ProofState::Disputed}) {
        if (proofStateName(state) == text(value["state"]))
            proof.state = state;
    }
    proof.reason = text(value["reason"]);
    proof.items = value["items"].toInteger();
    proof.lists = value["lists"].toInteger();
    proof.rounds = static_cast<int>(value["rounds"].toInteger());
    return proof;
}

Result<LedgerRow> readRow(const QString &domain, Json::Value value)
{
    LedgerRow row;
    row.domain = domain;
    const auto state = ledgerStateFromName(text(value["state"]));
    if (!value.isObject() || !state)
        return Error::make(ErrorCode::Integrity, QStringLiteral("the manifest's row of a domain has no known state"), domain);
    row.state = *state;
    row.reason = text(value["reason"]);
    row.observedIn = text(value["observed_in"]);
    if (value["announced"].kind() == Json::Kind::Number)
        row.announced = value["announced"].toInteger();
    row.entities = value["entities"].toInteger();
    row.pages = static_cast<int>(value["pages"].toInteger());
    row.retries = static_cast<int>(value["retries"].toInteger());
    row.firstRequestUtc = time(value["first_request_utc"]);
    row.lastResponseUtc = time(value["last_response_utc"]);
    row.clockOffsetMs = value["clock_offset_ms"].toInteger();
    row.catalogueHash = text(value["catalogue_hash"]);
    row.root = text(value["root"]);
    row.signalsRoot = text(value["signals_root"]);
    for (const Json::Value item : value["quarantined"].items())
        row.quarantined += {text(item["id"]), text(item["why"]), text(item["sha256"])};
    for (const Json::Value item : value["failed_parents"].items())
        row.failedParents += text(item);
    for (const Json::Member member : value["long_ids"].members())
        row.longIds.emplace(fromWtf8(member.key), text(member.value));
    if (const Json::Value proof = value["proof"]; proof.isObject())
        row.proof = readProof(proof);
    return row;
}

Result<Manifest> readManifest(Json::Value root, int version)
{
    Manifest manifest;
    manifest.schemaVersion = version;
    manifest.captureId = text(root["capture_id"]);
    manifest.organisationId = text(root["organisation_id"]);
    manifest.organisationName = text(root["organisation_name"]);
    manifest.region = text(root["region"]);
    manifest.source = text(root["source"]);
    manifest.trigger = text(root["trigger"]);
    manifest.clientId = text(root["client_id"]);
    if (const Json::Value grants = root["identity_grants"]; !grants.isMissing() && !grants.isNull())
        manifest.identityGrants = Json::canonicalText(grants);
    manifest.toolVersion = text(root["tool_version"]);
    manifest.startedUtc = time(root["started_utc"]);
    manifest.finishedUtc = time(root["finished_utc"]);
    manifest.fingerprintKeyId = text(root["fingerprint_key_id"]);
    manifest.activityHead = text(root["activity_head"]);
    manifest.catalogueSha256 = text(root["catalogue_sha256"]);
    manifest.rawSha256 = text(root["raw_sha256"]);
    manifest.rawBytes = root["raw_bytes"].toInteger();
    manifest.rawRecords = root["raw_records"].toInteger();
    for (const Json::Member member : root["domains"].members()) {
        auto row = readRow(fromWtf8(member.key), member.value);
        if (!row)
            return std::unexpected(row.error());
        manifest.ledger += *std::move(row);
    }
    return manifest;
}

} // namespace

QString ledgerStateName(LedgerState state)
{
    switch (state) {
    case LedgerState::Complete: return QStringLiteral("complete");
    case LedgerState::Carried: return QStringLiteral("carried");
    case LedgerState::Forbidden: return QStringLiteral("forbidden");
    case LedgerState::NotOffered: return QStringLiteral("not-offered");
    }
    return QStringLiteral("carried");
}

std::optional<LedgerState> ledgerStateFromName(const QString &name)
{
    for (const LedgerState state : {LedgerState::Complete, LedgerState::Carried, LedgerState::Forbidden, LedgerState::NotOffered}) {
        if (ledgerStateName(state) == name)
            return state;
    }
    return std::nullopt;
}

QString proofStateName(ProofState state)
{
    switch (state) {
    case ProofState::Proven: return QStringLiteral("proven");
    case ProofState::NotProven: return QStringLiteral("not-proven");
    case ProofState::Disputed: return QStringLiteral("disputed");
    }
    return QStringLiteral("not-proven");
}

QByteArray Manifest::toJson() const
{
    Json::Node node = Json::Node::object();
    node["schema_version"] = schemaVersion;
    node["capture_id"] = text(captureId);
    node["organisation_id"] = text(organisationId);
    node["organisation_name"] = text(organisationName);
    node["region"] = text(region);
    node["source"] = text(source);
    if (!trigger.isEmpty())
        node["trigger"] = text(trigger);
    node["client_id"] = text(clientId);
    node["identity_grants"] = Json::Node();
    if (!identityGrants.isEmpty()) {
        if (const auto grants = Json::parse({identityGrants.constData(), static_cast<size_t>(identityGrants.size())}))
            node["identity_grants"] = Json::Node(grants->root());
    }
    node["tool_version"] = text(toolVersion);
    node["started_utc"] = time(startedUtc);
    node["finished_utc"] = time(finishedUtc);
    node["fingerprint_key_id"] = text(fingerprintKeyId);
    node["activity_head"] = text(activityHead);
    node["catalogue_sha256"] = text(catalogueSha256);
    if (!rawSha256.isEmpty()) {
        node["raw_sha256"] = text(rawSha256);
        node["raw_bytes"] = rawBytes;
        node["raw_records"] = rawRecords;
    }
    Json::Node domains = Json::Node::object();
    for (const LedgerRow &row : ledger)
        domains[toWtf8(row.domain).toStdString()] = rowNode(row);
    node["domains"] = std::move(domains);
    return node.canonicalText();
}

Result<Manifest> Manifest::fromJson(const QByteArray &json)
{
    const auto document = Json::parse({json.constData(), static_cast<size_t>(json.size())});
    if (!document)
        return Error::make(ErrorCode::Integrity, QStringLiteral("the manifest is not JSON: %1").arg(document.error().detail),
                           document.error().where);
    const qint64 version = document->root()["schema_version"].toInteger(-1);
    if (const auto good = Schema::current().check(version); !good)
        return std::unexpected(good.error());
    if (!document->root()["domains"].isObject())
        return Error::make(ErrorCode::Integrity, QStringLiteral("the manifest has no domains"));
    if (version == Schema::current().newest())
        return readManifest(document->root(), static_cast<int>(version));
    Json::Node node(document->root());
    if (const auto migrated = Schema::current().migrate(node, static_cast<int>(version)); !migrated)
        return std::unexpected(migrated.error());
    const QByteArray text = node.canonicalText();
    const auto anew = Json::parse({text.constData(), static_cast<size_t>(text.size())});
    if (!anew || !anew->root()["domains"].isObject())
        return Error::make(ErrorCode::Integrity, QStringLiteral("the manifest of schema version %1 cannot be migrated").arg(version));
    return readManifest(anew->root(), static_cast<int>(version));
}

const LedgerRow *Manifest::row(const QString &domain) const
{
    for (const LedgerRow &candidate : ledger) {
        if (candidate.domain == domain)
            return &candidate;
    }
    return nullptr;
}

} // namespace Orgtrace::Evidence
