#include "operations/findings.h"

#include "audit/event.h"
#include "base/clock.h"
#include "base/digest.h"
#include "operations/check.h"
#include "json/value.h"

#include <QDir>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

struct Window {
    QDateTime from, to;
};

/// The time in which a domain's change must have happened, by the server's clock. A carried domain was last seen when its source snapshot was, which the
/// row says by its own times.
Window domainWindow(const Evidence::Manifest &a, const Evidence::Manifest &b, const QString &domain)
{
    if (a.finishedUtc > b.finishedUtc) {
        return domainWindow(b, a, domain); // compared backwards: what happened in between is the same
    }
    const Evidence::LedgerRow *rowA = a.row(domain);
    const Evidence::LedgerRow *rowB = b.row(domain);
    Window window;
    window.from = rowA && rowA->firstRequestUtc.isValid() ? rowA->firstRequestUtc.addMSecs(rowA->clockOffsetMs) : a.startedUtc;
    window.to = rowB && rowB->lastResponseUtc.isValid() ? rowB->lastResponseUtc.addMSecs(rowB->clockOffsetMs) : b.finishedUtc;
    return window;
}

// Names of what a reader meets as ids. Canonical text has one member a line, so that the top-level name is found without a parse.
QString topLevelName(std::string_view text)
{
    constexpr std::string_view lead = "\n  \"name\": ";
    const size_t at = text.find(lead);
    if (at == std::string_view::npos) {
        return {};
    }
    const size_t start = at + lead.size();
    size_t end = text.find('\n', start);
    end = end == std::string_view::npos ? text.size() : end;
    std::string_view value = text.substr(start, end - start);
    if (value.ends_with(',')) {
        value.remove_suffix(1);
    }
    const Result<Json::Document> document = Json::parse(value);
    return document ? document->root().toQString() : QString();
}

// Only kinds of entities that others refer to by id.
const QStringList &namedDomains()
{
    static const QStringList domains{u"users"_s,        u"groups"_s, u"teams"_s,        u"roles"_s, u"divisions"_s,
                                     u"queues"_s,       u"skills"_s, u"wrapup_codes"_s, u"flows"_s, u"trunk_base_settings"_s,
                                     u"oauth_clients"_s};
    return domains;
}

Result<void> collectNames(const Evidence::Snapshot &snapshot, QHash<QString, QString> &names)
{
    for (const QString &domain : namedDomains()) {
        const Result<void> read = snapshot.forEachEntity(domain, [&](const QString &id, std::string_view text) {
            const QString key = domain + u'/' + id;
            if (!names.contains(key)) {
                const QString name = topLevelName(text);
                if (!name.isEmpty()) {
                    names.insert(key, name);
                }
            }
            return true;
        });
        if (!read) {
            return read;
        }
    }
    return {};
}

/// What could be an id among the quoted texts of a value.
void collectIds(std::string_view json, QSet<QString> &ids)
{
    constexpr size_t shortest = 6, longest = 64;
    constexpr qsizetype most = 2000;
    for (size_t from = json.find('"'); from != std::string_view::npos && ids.size() < most; from = json.find('"', from)) {
        const size_t to = json.find('"', ++from);
        if (to == std::string_view::npos) {
            return;
        }
        const std::string_view text = json.substr(from, to - from);
        const bool isId = text.size() >= shortest && text.size() <= longest && std::ranges::all_of(text, [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
                          });
        if (isId) {
            ids.insert(QString::fromLatin1(text.data(), qsizetype(text.size())));
        }
        from = to + 1;
    }
}

/// The changes' own names, and those of what they and their events mention, new side first.
void collectMentioned(const Evidence::Snapshot &a, const Evidence::Snapshot &b, RangeFindings &range)
{
    QSet<QString> ids;
    for (const Report::Finding &finding : std::as_const(range.findings)) {
        const Compare::EntityChange &change = finding.judged.change;
        if (!change.name.isEmpty()) {
            range.names.insert(change.domain + u'/' + change.entity, change.name);
        }
        for (const Audit::Event &event : finding.events) {
            collectIds(QByteArray('"' + event.userId.toUtf8() + "\" \"" + event.clientId.toUtf8() + '"').toStdString(), ids);
        }
        for (const Compare::FieldChange &field : change.fields) {
            collectIds(view(field.oldText.value_or(QByteArray())), ids);
            collectIds(view(field.newText.value_or(QByteArray())), ids);
        }
    }
    for (const QString &id : std::as_const(ids)) {
        for (const QString &domain : namedDomains()) {
            const QString key = domain + u'/' + id;
            for (const Evidence::Snapshot *side : {&b, &a}) {
                if (range.names.contains(key)) {
                    break;
                }
                const Result<QByteArray> text = side->entityText(domain, id);
                const QString name = text ? topLevelName(view(*text)) : QString();
                if (!name.isEmpty()) {
                    range.names.insert(key, name);
                }
            }
        }
    }
}

} // namespace

Result<Policy::Policy> storePolicy(const QString &storeFolder)
{
    QFile file(storeFolder + u"/policies/policy.toml"_s);
    if (!file.exists()) {
        return Policy::Policy::builtIn();
    }
    constexpr qint64 limit = 4LL * 1024 * 1024;
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::Io, file.errorString(), file.fileName());
    }
    if (file.size() > limit) {
        return Error::make(ErrorCode::TooLarge, u"a policy file above 4 MB"_s, file.fileName());
    }
    return Policy::Policy::load(file.readAll(), file.fileName());
}

Result<RangeFindings> findings(const QString &storeFolder, const QString &idA, const QString &idB, const Compare::Options &options,
                               const CancellationToken &cancel, const std::function<void(qint64, qint64)> &progress, Names names)
{
    const Result<Evidence::Store> store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Evidence::Snapshot> a = store->snapshot(idA);
    if (!a) {
        return std::unexpected(a.error());
    }
    const Result<Evidence::Snapshot> b = store->snapshot(idB);
    if (!b) {
        return std::unexpected(b.error());
    }
    RangeFindings range;
    Result<Compare::SnapshotDifference> difference = Compare::compareSnapshots(*store, *a, *b, options, cancel, progress);
    if (!difference) {
        return std::unexpected(difference.error());
    }
    range.difference = std::move(*difference);
    range.manifestA = a->manifest();
    range.manifestB = b->manifest();
    const QStringList shortenedA = Compare::shortenedDomains(*a).keys(), shortenedB = Compare::shortenedDomains(*b).keys();
    range.shortenedA = QSet<QString>(shortenedA.cbegin(), shortenedA.cend());
    range.shortenedB = QSet<QString>(shortenedB.cbegin(), shortenedB.cend());
    if (const auto signer = store->signedBy(idB)) {
        range.signerFingerprint = signer->fingerprint;
    }

    const Result<Policy::Policy> policy = storePolicy(storeFolder);
    if (!policy) {
        return std::unexpected(policy.error());
    }
    Result<Policy::Context> context
        = policy->context(*a, *b, names == Names::All ? Policy::Policy::Names::All : Policy::Policy::Names::None);
    if (!context) {
        return std::unexpected(context.error());
    }
    range.policyName = policy->name();
    range.names = context->names;
    for (const Evidence::Snapshot *side : {&*b, &*a}) {
        if (names != Names::All) {
            break;
        }
        if (const Result<void> read = collectNames(*side, range.names); !read) {
            return std::unexpected(read.error());
        }
    }
    for (const Evidence::Snapshot *side : {&*a, &*b}) {
        if (const Result<Catalogue::Catalogue> rules = Catalogue::Catalogue::fromJson(side->catalogueJson())) {
            for (const Catalogue::DomainRules &domain : rules->domains()) {
                range.domainTitles.insert(domain.name, domain.title);
            }
        }
    }
    if (cancel.isCancelled()) {
        return Error::make(ErrorCode::Cancelled, u"comparison cancelled"_s);
    }

    QHash<QString, Window> windows;
    const auto windowOf = [&](const QString &domain) -> const Window & {
        auto it = windows.find(domain);
        if (it == windows.end()) {
            it = windows.insert(domain, domainWindow(range.manifestA, range.manifestB, domain));
        }
        return *it;
    };
    QSet<QString> domains;
    for (const Evidence::Manifest *manifest : {&range.manifestA, &range.manifestB}) {
        for (const Evidence::LedgerRow &row : manifest->ledger) {
            domains.insert(row.domain);
        }
    }
    for (const QString &domain : std::as_const(domains)) {
        const Window &window = windowOf(domain);
        if (window.from.isValid() && (!range.windowFromUtc.isValid() || window.from < range.windowFromUtc)) {
            range.windowFromUtc = window.from;
        }
        if (window.to.isValid() && (!range.windowToUtc.isValid() || window.to > range.windowToUtc)) {
            range.windowToUtc = window.to;
        }
    }

    const QString organisationId = range.manifestB.organisationId;
    const Result<QList<Evidence::AuditLine>> lines = store->auditEvents(organisationId, range.windowFromUtc, range.windowToUtc.addMSecs(1));
    if (!lines) {
        return std::unexpected(lines.error());
    }
    const Result<QList<Evidence::AuditWindow>> auditWindows = store->auditWindows(organisationId);
    if (!auditWindows) {
        return std::unexpected(auditWindows.error());
    }
    range.auditWindows = *auditWindows;
    QHash<QString, QList<qsizetype>> byEntity;
    for (const Evidence::AuditLine &line : *lines) {
        Result<Audit::Event> event = Audit::parseLine(line.line);
        if (!event) {
            return Error::make(ErrorCode::Integrity, u"an archived audit event cannot be read: %1"_s.arg(event.error().detail), line.id);
        }
        for (const auto those = Audit::targets(*event); const Audit::Target &target : those) {
            byEntity[target.domain + u'/' + target.entity].append(range.events.size());
        }
        range.events.append(std::move(*event));
    }

    for (Policy::JudgedChange &judged : policy->judgeAll(range.difference, *context)) {
        Report::Finding finding;
        finding.judged = std::move(judged);
        const Compare::EntityChange &change = finding.judged.change;
        const Window &window = windowOf(change.domain);
        QList<qsizetype> indices = byEntity.value(change.domain + u'/' + change.entity);
        if (!change.previousEntity.isEmpty()) {
            indices += byEntity.value(change.domain + u'/' + change.previousEntity);
        }
        std::ranges::sort(indices);
        indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
        for (const qsizetype index : std::as_const(indices)) {
            const Audit::Event &event = range.events[index];
            if (event.timeUtc >= window.from && event.timeUtc <= window.to) {
                finding.events.append(event);
            }
        }
        range.findings.append(std::move(finding));
    }
    if (names == Names::Mentioned) {
        collectMentioned(*a, *b, range);
    }
    return range;
}

Result<QHash<QString, QString>> allNames(const QString &storeFolder, const QString &idA, const QString &idB)
{
    const Result<Evidence::Store> store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    QHash<QString, QString> names;
    for (const QStringList ids = idA == idB ? QStringList{idB} : QStringList{idB, idA}; const QString &id : ids) {
        const Result<Evidence::Snapshot> snapshot = store->snapshot(id);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        if (const Result<void> read = collectNames(*snapshot, names); !read) {
            return std::unexpected(read.error());
        }
    }
    return names;
}

bool RangeFindings::isMerelyUnseen(const Compare::EntityChange &change) const
{
    return (change.kind == Compare::ChangeKind::Removed && shortenedB.contains(change.domain))
        || (change.kind == Compare::ChangeKind::Added && shortenedA.contains(change.domain));
}

Report::Input reportInput(const RangeFindings &range, const QDateTime &generatedUtc)
{
    Report::Input input;
    input.organisationName = range.manifestB.organisationName;
    input.organisationId = range.manifestB.organisationId;
    input.region = range.manifestB.region;
    input.difference = range.difference;
    input.findings = range.findings;
    input.coverageA = range.manifestA.ledger;
    input.coverageB = range.manifestB.ledger;
    input.auditWindows = range.auditWindows;
    input.names = range.names;
    input.domainTitles = range.domainTitles;
    input.policyName = range.policyName;
    input.toolVersion = QStringLiteral(ORGTRACE_VERSION);
    input.signerFingerprint = range.signerFingerprint;
    input.generatedUtc = generatedUtc;
    return input;
}

Result<void> writeReport(const RangeFindings &range, const QString &path, const QDateTime &generatedUtc)
{
    const Result<QByteArray> html = Report::renderHtml(reportInput(range, generatedUtc));
    if (!html) {
        return std::unexpected(html.error());
    }
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(*html) != html->size() || !file.commit()) {
        const bool full = file.error() == QFileDevice::ResourceError;
        return Error::make(full ? ErrorCode::DiskFull : ErrorCode::Io, file.errorString(), path);
    }
    return {};
}

} // namespace Orgtrace::Operations
