#include "operations/vault.h"

#include "base/digest.h"
#include "evidence/activity.h"
#include "genesys/apiclient.h"
#include "operations/keys.h"
#include "json/node.h"

#include <QCoroFuture>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr int DeepestJson = 512;

/// Opens the bundle of a snapshot and hands out its records, after its hash was compared with the manifest's.
Result<void> visitBundle(const QString &folder, const Evidence::BundleSums &sums, const Evidence::VaultKey &key,
                         const std::function<bool(Evidence::RawRecord &&)> &visit)
{
    if (auto proven = Evidence::proveBundle(folder, sums); !proven) {
        return proven;
    }
    const auto reading = Evidence::readVault(Evidence::bundlePath(folder, sums.sha256), key, visit);
    if (!reading) {
        return std::unexpected(reading.error());
    }
    return reading->damage ? Result<void>(std::unexpected(*reading->damage)) : Result<void>();
}

Result<Evidence::BundleSums> sumsOf(const Evidence::Store &store, const QString &snapshotId)
{
    const auto snapshot = store.snapshot(snapshotId);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    const Evidence::Manifest &manifest = snapshot->manifest();
    if (manifest.rawSha256.isEmpty()) {
        return Error::make(ErrorCode::NotFound, u"no raw payloads were kept of snapshot %1"_s.arg(snapshotId.left(12)), snapshotId);
    }
    return Evidence::BundleSums{manifest.rawSha256, manifest.rawBytes, manifest.rawRecords};
}

/// The snapshot in which a domain was really seen.
Result<QString> observedIn(const Evidence::Store &store, const QString &snapshotId, const QString &domain)
{
    const auto snapshot = store.snapshot(snapshotId);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    const Evidence::LedgerRow *const row = snapshot->manifest().row(domain);
    if (!row) {
        return Error::make(ErrorCode::NotFound, u"snapshot %1 has no domain '%2'"_s.arg(snapshotId.left(12), domain), domain);
    }
    return row->state == Evidence::LedgerState::Complete || row->observedIn.isEmpty() ? snapshotId : row->observedIn;
}

QByteArray pathOf(const QByteArray &target)
{
    const qsizetype query = target.indexOf('?');
    return query < 0 ? target : target.first(query);
}

/// Whether a path is one that the domain's rules ask for; "{id}" stands for one component.
bool belongs(const QByteArray &path, const Catalogue::DomainRules &rules)
{
    for (const QByteArray &pattern : {rules.path, rules.largePath.toLatin1()}) {
        const QList<QByteArray> want = pattern.split('/'), have = path.split('/');
        if (!pattern.isEmpty() && want.size() == have.size()
            && std::ranges::equal(want, have, [](const QByteArray &a, const QByteArray &b) { return a == "{id}" || a == b; })) {
            return true;
        }
    }
    return false;
}

/// Looks for the fingerprint's value in every string of a document.
class Search
{
public:
    Search(const Redaction::Redactor &redactor, std::string fingerprint) : m_redactor(redactor), m_fingerprint(std::move(fingerprint)) { }

    bool in(Json::Value value, int depth = 0)
    {
        if (value.isString()) {
            return inText(value.string());
        }
        if (depth >= DeepestJson) {
            return false;
        }
        if (value.isArray()) {
            for (const Json::Value item : value.items()) {
                if (in(item, depth + 1)) {
                    return true;
                }
            }
        } else if (value.isObject()) {
            for (const Json::Member member : value.members()) {
                if (in(member.value, depth + 1)) {
                    return true;
                }
            }
        } else if (!value.numberText().empty()) {
            return inText(value.numberText()); // a PIN
        }
        return false;
    }
    [[nodiscard]] const std::string &value() const { return m_value; }
    [[nodiscard]] bool isWholeText() const { return m_isWholeText; }

private:
    bool inText(std::string_view text)
    {
        if (m_redactor.fingerprinter().fingerprint(text) == m_fingerprint) {
            m_value = text;
            return true;
        }
        const auto redacted = m_redactor.redact(text);
        const size_t at = redacted ? redacted->text.find(m_fingerprint) : std::string::npos;
        if (at == std::string::npos) {
            return false;
        }
        // With one secret only, what stands around it tells what it was.
        const size_t behind = redacted->text.size() - at - m_fingerprint.size();
        m_isWholeText = redacted->secrets != 1 || at + behind > text.size();
        m_value = m_isWholeText ? text : text.substr(at, text.size() - at - behind);
        if (!m_isWholeText && m_redactor.fingerprinter().fingerprint(m_value) != m_fingerprint) {
            m_isWholeText = true;
            m_value = text;
        }
        return true;
    }

    const Redaction::Redactor &m_redactor;
    const std::string m_fingerprint;
    std::string m_value;
    bool m_isWholeText = false;
};

Result<Revealed> found(const QString &folder, const Evidence::VaultKey &key, const Redaction::Redactor &redactor,
                       const QString &fingerprint)
{
    const auto store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const auto all = Evidence::bundles(*store);
    if (!all) {
        return std::unexpected(all.error());
    }
    Search search(redactor, fingerprint.toStdString());
    for (auto it = all->crbegin(); it != all->crend(); ++it) {
        if (!it->isPresent) {
            continue;
        }
        std::optional<Revealed> out;
        const auto visited = visitBundle(folder, it->sums, key, [&](Evidence::RawRecord &&record) {
            const auto document = record.status >= 200 && record.status < 300
                ? Json::parse(view(record.body))
                : Result<Json::Document>(Error::make(ErrorCode::NotFound, {}));
            if (document && search.in(document->root())) {
                out = Revealed{search.value(), search.isWholeText(), it->snapshot.id, record.target, record.receivedAtUtc};
            }
            return !out;
        });
        if (out) {
            return *out;
        }
        if (!visited && visited.error().code != ErrorCode::KeyUnavailable) {
            return std::unexpected(visited.error());
        }
    }
    return Error::make(ErrorCode::NotFound, u"none of the raw payloads that are here holds this secret"_s, fingerprint);
}

Result<QByteArray> rawEntityIn(const QString &folder, const Evidence::BundleSums &sums, const Evidence::VaultKey &key,
                               const Catalogue::DomainRules &rules, const QString &id)
{
    std::optional<QByteArray> out;
    const auto visited = visitBundle(folder, sums, key, [&](Evidence::RawRecord &&record) {
        if (record.status < 200 || record.status >= 300 || !belongs(pathOf(record.target), rules)) {
            return true;
        }
        const auto document = Json::parse(view(record.body));
        if (!document) {
            return true;
        }
        const Json::Value root = document->root();
        if (id.isEmpty() || rules.path.contains("{id}")) { // a settings object; of a sub-resource the answer for its parent
            const Result<QByteArray> path = id.isEmpty() ? Result<QByteArray>(rules.path) : Genesys::pathWithId(rules.path, id);
            if (path && *path == pathOf(record.target)) {
                out = Json::Node(root).canonicalText();
            }
            return true;
        }
        for (const Json::Value item : (root.isArray() ? root : root[rules.itemsKey.toStdString()]).items()) {
            if (item[rules.identity.toStdString()].toQString() == id) {
                out = Json::Node(item).canonicalText(); // the last one that came is the one that counts
            }
        }
        return true;
    });
    if (!visited) {
        return std::unexpected(visited.error());
    }
    if (!out) {
        return Error::make(ErrorCode::NotFound, u"the raw payloads of that snapshot do not hold it"_s, id);
    }
    return *std::move(out);
}

} // namespace

QCoro::Task<Result<QList<Vault::Line>>> Vault::lines(Evidence::SnapshotSummary snapshot, QString domain)
{
    auto loading = loadVaultKey(m_credentials, m_workspace.store().storeId(), false);
    const Result<Evidence::VaultKey> key = co_await loading;
    if (!key) {
        co_return std::unexpected(key.error());
    }
    const Result<Evidence::BundleSums> sums = sumsOf(m_workspace.store(), snapshot.id);
    if (!sums) {
        co_return std::unexpected(sums.error());
    }
    const Result<Catalogue::Catalogue> catalogue = m_workspace.catalogue();
    if (!catalogue) {
        co_return std::unexpected(catalogue.error());
    }
    const Catalogue::DomainRules *const rules = catalogue->find(domain);
    if (!domain.isEmpty() && !rules) {
        co_return Error::make(ErrorCode::BadInput, u"the catalogue has no domain '%1'"_s.arg(domain), domain);
    }
    const QFuture<Result<QList<Line>>> reading
        = QtConcurrent::run([folder = m_workspace.folder(), sums = *sums, key = *key,
                             rules = rules ? std::optional(*rules) : std::nullopt]() -> Result<QList<Line>> {
              QList<Line> out;
              const auto visited = visitBundle(folder, sums, key, [&](Evidence::RawRecord &&record) {
                  if (!rules || belongs(pathOf(record.target), *rules)) {
                      out += {record.method, record.target, record.status, record.receivedAtUtc, record.body.size()};
                  }
                  return true;
              });
              return visited ? Result<QList<Line>>(out) : Result<QList<Line>>(std::unexpected(visited.error()));
          });
    co_return co_await reading;
}

QCoro::Task<Result<Revealed>> Vault::reveal(QString fingerprint, QString reason)
{
    const std::string text = fingerprint.toStdString();
    if (!Redaction::Fingerprinter::isFingerprint(text)) {
        co_return Error::make(ErrorCode::BadInput, u"what can be revealed is a fingerprint, secret:KEYID:DIGITS, as evidence has it"_s,
                              fingerprint.left(100));
    }
    auto loading = loadKeys(m_credentials, m_workspace.store().storeId());
    Result<Keys> loaded = co_await loading;
    if (!loaded) {
        co_return std::unexpected(loaded.error());
    }
    const auto keys = std::make_shared<const Keys>(std::move(*loaded));
    if (Redaction::Fingerprinter::keyIdOf(text) != keys->redactor.fingerprinter().keyId().toStdString()) {
        co_return Error::make(ErrorCode::NotFound, u"this fingerprint was made with another key than this store's"_s, fingerprint);
    }
    auto opening = loadVaultKey(m_credentials, m_workspace.store().storeId(), false);
    const Result<Evidence::VaultKey> key = co_await opening;
    if (!key) {
        co_return std::unexpected(key.error());
    }
    // The entry first: who asked and why must be on record before anybody can see.
    const Evidence::Activity activity{m_clock.nowUtc(), u"reveal"_s, fingerprint, reason};
    if (const auto recorded = Evidence::recordActivity(m_workspace.folder(), activity, keys->signer); !recorded) {
        co_return std::unexpected(recorded.error());
    }
    const QFuture<Result<Revealed>> searching = QtConcurrent::run(
        [folder = m_workspace.folder(), key = *key, keys, fingerprint] { return found(folder, key, keys->redactor, fingerprint); });
    co_return co_await searching;
}

QCoro::Task<Result<QByteArray>> Vault::rawEntity(Evidence::SnapshotSummary snapshot, QString domain, QString id, QString reason)
{
    // All its domains take longer to read than a frame of the window that waits here.
    const QFuture<Result<Catalogue::Catalogue>> reading = QtConcurrent::run([&workspace = m_workspace] { return workspace.catalogue(); });
    const Result<Catalogue::Catalogue> catalogue = co_await reading;
    if (!catalogue) {
        co_return std::unexpected(catalogue.error());
    }
    const Catalogue::DomainRules *const rules = catalogue->find(domain);
    const Result<QString> seenIn = observedIn(m_workspace.store(), snapshot.id, domain);
    if (!rules || !seenIn) {
        co_return !seenIn ? Result<QByteArray>(std::unexpected(seenIn.error()))
                          : Result<QByteArray>(Error::make(ErrorCode::BadInput, u"the catalogue has no domain '%1'"_s.arg(domain), domain));
    }
    const Result<Evidence::BundleSums> sums = sumsOf(m_workspace.store(), *seenIn);
    if (!sums) {
        co_return std::unexpected(sums.error());
    }
    auto loading = loadKeys(m_credentials, m_workspace.store().storeId());
    const Result<Keys> keys = co_await loading;
    if (!keys) {
        co_return std::unexpected(keys.error());
    }
    auto opening = loadVaultKey(m_credentials, m_workspace.store().storeId(), false);
    const Result<Evidence::VaultKey> key = co_await opening;
    if (!key) {
        co_return std::unexpected(key.error());
    }
    const Evidence::Activity activity{m_clock.nowUtc(), u"show-raw"_s, QString(*seenIn + u'/' + domain + u'/' + id), reason};
    if (const auto recorded = Evidence::recordActivity(m_workspace.folder(), activity, keys->signer); !recorded) {
        co_return std::unexpected(recorded.error());
    }
    const QFuture<Result<QByteArray>> searching
        = QtConcurrent::run([folder = m_workspace.folder(), sums = *sums, key = *key, rules = *rules, id] {
              return rawEntityIn(folder, sums, key, rules, id);
          });
    co_return co_await searching;
}

QCoro::Task<Result<Evidence::Pruned>> Vault::prune()
{
    const Result<Evidence::VaultSettings> settings = Evidence::vaultSettings(m_workspace.folder());
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    auto loading = loadKeys(m_credentials, m_workspace.store().storeId());
    const Result<Keys> keys = co_await loading;
    if (!keys) {
        co_return std::unexpected(keys.error());
    }
    co_return Evidence::prune(m_workspace.store(), *settings, m_clock.nowUtc(), keys->signer);
}

} // namespace Orgtrace::Operations
