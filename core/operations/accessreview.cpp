#include "operations/accessreview.h"

#include "base/clock.h"
#include "base/digest.h"
#include "catalogue/normaliser.h"
#include "compare/clientrights.h"
#include "json/value.h"

#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr qint64 MostRuleFileBytes = 1024LL * 1024;
constexpr qsizetype MostRuleFiles = 100;

QDateTime lastSignIn(Json::Value body)
{
    return parseIsoUtc(body["dateLastLogin"].toQString());
}

} // namespace

Result<Policy::AccessRules> storeAccessRules(const QString &storeFolder)
{
    QList<Policy::AccessRuleFile> files{Policy::shippedAccessRules()};
    if (files.first().toml.isEmpty()) {
        return Error::make(ErrorCode::Internal, u"the shipped access rules are not compiled in"_s, files.first().name);
    }
    const QDir folder(storeFolder + u"/policies"_s);
    const QStringList names = folder.entryList({u"access.toml"_s, u"access-*.toml"_s}, QDir::Files, QDir::Name);
    if (names.size() > MostRuleFiles) {
        return Error::make(ErrorCode::TooLarge, u"more than 100 files of access rules"_s, folder.path());
    }
    for (const QString &name : names) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly)) {
            return Error::make(ErrorCode::Io, file.errorString(), file.fileName());
        }
        if (file.size() > MostRuleFileBytes) {
            return Error::make(ErrorCode::TooLarge, u"a file of access rules has at most 1 MB"_s, file.fileName());
        }
        files.append({file.fileName(), file.readAll()});
    }
    return Policy::readAccessRules(files);
}

Result<QHash<QString, Policy::SubjectState>> subjectStates(const Evidence::Snapshot &snapshot, const QDateTime &seenUtc)
{
    const QString users = u"users"_s;
    QHash<QString, Policy::SubjectState> states;
    const Result<void> read = snapshot.forEachEntity(users, [&](const QString &id, std::string_view text) {
        if (const Result<Json::Document> document = Json::parse(text)) {
            const Json::Value body = document->root();
            const QString state = body["state"].toQString();
            states.insert(id, {state.isEmpty() || state == u"active", lastSignIn(body)});
        }
        return true;
    });
    if (!read) {
        return std::unexpected(read.error());
    }
    const Result<QHash<QString, QByteArray>> signs = snapshot.signals_(users);
    if (!signs) {
        return std::unexpected(signs.error());
    }
    for (auto line = signs->cbegin(); line != signs->cend(); ++line) {
        if (!line->contains("dateLastLogin")) {
            continue;
        }
        if (const Result<Json::Document> document = Json::parse(view(*line))) {
            Policy::SubjectState &state = states[line.key()];
            if (document->root()["dateLastLogin"].toQString() == Catalogue::RecentlySeen) {
                state.signedInSinceUtc = seenUtc.addDays(-Catalogue::RecentDays);
            } else {
                state.lastSignInUtc = lastSignIn(document->root());
            }
        }
    }
    return states;
}

Result<Policy::AccessCheck> reviewAccess(const QString &storeFolder, const QString &snapshotId, const QString &rule)
{
    const Result<Policy::AccessRules> rules = storeAccessRules(storeFolder);
    if (!rules) {
        return std::unexpected(rules.error());
    }
    const Result<Evidence::Store> store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Evidence::Snapshot> snapshot = store->snapshot(snapshotId);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    const Result<Access::AccessModel> model = Access::AccessModel::build(*snapshot, rules->arePoliciesEnforced);
    if (!model) {
        return std::unexpected(model.error());
    }
    // Whoever captured may have seen a part only, without any error from the platform.
    const QHash<QString, QString> shortened = Compare::shortenedDomains(*snapshot);
    const auto isWhole = [&](const QString &domain) {
        const Evidence::LedgerRow *row = snapshot->manifest().row(domain);
        return row && row->state == Evidence::LedgerState::Complete && row->failedParents.isEmpty() && row->quarantined.isEmpty()
            && !shortened.contains(domain);
    };
    // Sign-ins are told by the server's clock, and so is the time they are counted from.
    const Evidence::LedgerRow *row = snapshot->manifest().row(u"users"_s);
    const QDateTime at
        = row && row->lastResponseUtc.isValid() ? row->lastResponseUtc.addMSecs(row->clockOffsetMs) : snapshot->summary().observedUtc;
    QDateTime seenUtc = snapshot->manifest().startedUtc;
    if (row && row->state != Evidence::LedgerState::Complete && !row->observedIn.isEmpty()) { // users that are carried were seen then
        const Result<Evidence::Snapshot> earlier = store->snapshot(row->observedIn);
        seenUtc = earlier ? earlier->manifest().startedUtc : QDateTime();
    }
    Result<QHash<QString, Policy::SubjectState>> users = subjectStates(*snapshot, seenUtc);
    if (!users) {
        return std::unexpected(users.error());
    }
    return Policy::checkAccess(*rules, {model->resolver(), *std::move(users), at, isWhole(u"users"_s), isWhole(u"permissions_catalogue"_s)},
                               rule);
}

} // namespace Orgtrace::Operations
