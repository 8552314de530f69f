#include "capture/capture.h"

#include "base/digest.h"
#include "capture/writing.h"
#include "genesys/page.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QSet>
#include <QUuid>

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
constexpr qint64 MostFolderBytes = 1024LL * 1024 * 1024;
constexpr qint64 MostFileBytes = 256LL * 1024 * 1024;
constexpr qsizetype MostFiles = 1000;

struct Source {
    QString domain, path;
    qint64 size = 0;
};

bool isDomainName(const QString &name)
{
    return !name.isEmpty() && name.size() <= 100 && std::ranges::all_of(name, [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_' || c == u'-';
    });
}

Result<QList<Source>> sources(const QString &folder)
{
    const QString root = QFileInfo(folder).canonicalFilePath();
    if (root.isEmpty() || !QFileInfo(root).isDir()) {
        return Error::make(ErrorCode::BadInput, u"There is no such folder."_s, folder);
    }
    QList<Source> out;
    qint64 total = 0;
    QDirIterator files(root, {u"*.json"_s}, QDir::Files | QDir::System | QDir::Hidden);
    while (files.hasNext()) {
        const QFileInfo file = files.nextFileInfo();
        // A link may lead anywhere; what is imported must lie in the folder the user named.
        const QString target = file.canonicalFilePath();
        if (target.isEmpty() || !target.startsWith(QString(root + u'/')) || !QFileInfo(target).isFile()) {
            return Error::make(ErrorCode::BadInput, u"This file is a link that leads out of the folder, or not a plain file."_s,
                               file.filePath());
        }
        const QString domain = file.completeBaseName();
        if (!isDomainName(domain)) {
            return Error::make(ErrorCode::BadInput, u"The name of a file must be a domain name: letters, digits, _ and -."_s,
                               file.filePath());
        }
        if (file.size() > MostFileBytes) {
            return Error::make(ErrorCode::TooLarge, u"A file may have at most 256 MB."_s, file.filePath());
        }
        total += file.size();
        out.append({domain, target, file.size()});
        if (out.size() > MostFiles || total > MostFolderBytes) {
            return Error::make(ErrorCode::BadInput, u"The folder holds more than 1 GB or 1,000 files of JSON."_s, folder);
        }
    }
    if (out.isEmpty()) {
        return Error::make(ErrorCode::BadInput, u"There is no JSON file in this folder."_s, folder);
    }
    std::ranges::sort(out, {}, &Source::domain);
    return out;
}

Result<QByteArray> contents(const Source &source)
{
    QFile file(source.path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::Io, file.errorString(), source.path);
    }
    QByteArray bytes = file.read(MostFileBytes + 1);
    if (file.error() != QFileDevice::NoError) {
        return Error::make(ErrorCode::Io, file.errorString(), source.path);
    }
    if (bytes.size() > MostFileBytes) {
        return Error::make(ErrorCode::TooLarge, u"A file may have at most 256 MB."_s, source.path);
    }
    if (bytes.startsWith("\xEF\xBB\xBF")) {
        bytes.remove(0, 3);
    }
    return bytes;
}

/// One file, read into pages of the same form a capture has.
struct Contents {
    std::vector<Genesys::Page> pages;
    bool isSingle = false;
    std::optional<qint64> announced; ///< where every page object says a total, the last one's
    int pageObjects = 0;
    bool hasMore = false; ///< the last page object points to a next one
    qint64 pageCount = 0; ///< as the last page object says; 0 where it does not
};

void addPage(Contents &out, Genesys::ParsedPage &&page)
{
    ++out.pageObjects;
    if (page.fields.total) {
        out.announced = page.fields.total;
    }
    out.hasMore = !page.fields.nextUri.isEmpty() || !page.fields.cursor.isEmpty();
    out.pageCount = page.fields.pageCount.value_or(0);
    out.pages.push_back(std::move(page.page));
}

/// An array may hold entities, or whole page objects one after another.
Result<Contents> readArray(const QByteArray &text, const QString &itemsKey, const QString &identity)
{
    Contents out;
    auto whole = Genesys::parsePage(text, Genesys::PageShape::Array, itemsKey, {});
    const std::string key = itemsKey.toStdString();
    if (whole && whole->page.broken.empty()) {
        const bool isPages = !whole->page.items.empty() && std::ranges::all_of(whole->page.items, [&](Json::Value item) {
            return item.isObject() && item[key].isArray() && Genesys::identityOf(item, identity).isEmpty();
        });
        if (!isPages) {
            auto entities = Genesys::parsePage(text, Genesys::PageShape::Array, itemsKey, identity);
            if (!entities) {
                return std::unexpected(entities.error());
            }
            out.pages.push_back(std::move(entities->page));
            return out;
        }
    }
    const auto split = Json::splitArray(view(text), {});
    if (!split) {
        return Error::make(ErrorCode::MalformedJson, split.error().detail, split.error().where);
    }
    for (const std::string_view piece : split->elements) {
        const QByteArray one = bytes(piece);
        if (Json::scanStringMember(piece, identity.toStdString()).isEmpty()) {
            auto page = Genesys::parsePage(one, Genesys::PageShape::Members, itemsKey, identity);
            if (page) {
                addPage(out, std::move(*page));
                continue;
            }
        }
        auto entity = Genesys::parsePage("[" + one + "]", Genesys::PageShape::Array, itemsKey, identity);
        if (!entity) {
            return std::unexpected(entity.error());
        }
        out.pages.push_back(std::move(entity->page));
    }
    return out;
}

Result<Contents> readContents(const QByteArray &text, const Catalogue::DomainRules &rules)
{
    const QString itemsKey = rules.itemsKey.isEmpty() ? u"entities"_s : rules.itemsKey;
    // A sub-resource is kept by its parent's id, or, regrouped, by its own: "id" either way.
    const QString identity = !rules.sub.parent.isEmpty() || rules.identity.isEmpty() ? u"id"_s : rules.identity;
    const char first = text.trimmed().left(1).isEmpty() ? '\0' : text.trimmed().front();
    if (first == '[') {
        return readArray(text, itemsKey, identity);
    }
    if (first != '{') {
        return Error::make(ErrorCode::MalformedJson, u"it holds neither an array nor an object"_s);
    }
    Contents out;
    if (rules.paging != Catalogue::Paging::Single) {
        auto page = Genesys::parsePage(text, Genesys::PageShape::Members, itemsKey, identity);
        if (page) {
            addPage(out, std::move(*page));
            return out;
        }
    }
    auto single = Genesys::parsePage(text, Genesys::PageShape::Single, itemsKey, {});
    if (!single) {
        return Error::make(ErrorCode::MalformedJson, single.error().detail, single.error().where);
    }
    const bool hasIdentity = !Genesys::identityOf(single->page.items.front(), identity).isEmpty();
    const bool isDeclared = !rules.path.isEmpty(); // in the catalogue, which knows whether it is a list
    if (isDeclared && rules.paging != Catalogue::Paging::Single && !hasIdentity) {
        // An error body saved in place of a listing must not read as "all of them were deleted".
        return Error::make(ErrorCode::Incomplete, u"it is an object that holds neither a page of entities nor an entity"_s);
    }
    out.isSingle = rules.paging == Catalogue::Paging::Single || !hasIdentity;
    single->page.ids = {out.isSingle ? QString() : Genesys::identityOf(single->page.items.front(), identity)};
    out.pages.push_back(std::move(single->page));
    return out;
}

Result<DomainData> readDomain(const Source &source, const Catalogue::DomainRules &rules, const Redaction::Redactor &redactor,
                              const QDateTime &observedUtc)
{
    const auto text = contents(source);
    if (!text) {
        return std::unexpected(text.error());
    }
    auto read = readContents(*text, rules);
    if (!read) {
        return std::unexpected(read.error());
    }
    DomainData data;
    data.row.domain = rules.name;
    data.row.catalogueHash = QString::fromLatin1(rules.hash());
    data.row.firstRequestUtc = data.row.lastResponseUtc = observedUtc;
    data.row.announced = read->announced;
    data.row.pages = std::max(read->pageObjects, 1);
    QSet<QString> distinct;
    qint64 nameless = 0;
    Catalogue::Normaliser normaliser(rules, redactor, observedUtc.date());
    for (const Genesys::Page &page : read->pages) {
        auto batch = std::make_shared<Batch>();
        for (size_t i = 0; i < page.items.size(); ++i) {
            const QString id = page.ids.at(static_cast<qsizetype>(i));
            auto entity = read->isSingle || !rules.sub.parent.isEmpty() ? normaliser.normalise(page.items[i], id)
                                                                        : normaliser.normalise(page.items[i]);
            distinct.insert(id);
            if (entity) {
                batch->ready.push_back(std::move(*entity));
            } else {
                batch->quarantined.push_back(quarantinedFrom(id, entity.error(), page.items[i]));
            }
        }
        for (const Genesys::BrokenItem &broken : page.broken) {
            broken.id.isEmpty() ? static_cast<void>(++nameless) : static_cast<void>(distinct.insert(broken.id));
            batch->quarantined.push_back(quarantinedFrom(broken));
        }
        data.batches.push_back(std::move(batch));
    }
    if (read->hasMore || read->pageCount > read->pageObjects) {
        return Error::make(ErrorCode::Incomplete, u"its last page is not the end of the listing"_s);
    }
    if (data.row.announced && *data.row.announced != distinct.size() + nameless) {
        return Error::make(ErrorCode::Incomplete,
                           u"%1 announced, %2 different ones are in the file"_s.arg(*data.row.announced).arg(distinct.size() + nameless));
    }
    return data;
}
} // namespace

Result<Outcome> importFolder(const ImportSettings &settings, const Redaction::Redactor &redactor, const Evidence::Signer &signer,
                             const QDateTime &nowUtc, const CancellationToken &cancel)
{
    if (settings.organisationId.isEmpty()) {
        return Error::make(ErrorCode::BadInput, u"An import needs the id of its organisation."_s);
    }
    const QDateTime observed = settings.observedUtc.isValid() ? settings.observedUtc.toUTC() : nowUtc;
    if (observed.toSecsSinceEpoch() < 0) {
        return Error::make(ErrorCode::BadInput, u"A time of observation before 1970 cannot be kept: git has no such date."_s,
                           isoUtc(observed));
    }
    if (observed > nowUtc.addDays(1)) {
        return Error::make(ErrorCode::BadInput, u"The time of observation lies in the future."_s, isoUtc(observed));
    }
    const auto found = sources(settings.folder);
    if (!found) {
        return std::unexpected(found.error());
    }
    Catalogue::Catalogue catalogue = settings.catalogue;
    QHash<QString, Source> byDomain;
    for (const Source &source : *found) {
        byDomain.insert(source.domain, source);
        if (catalogue.find(source.domain) == nullptr) {
            catalogue.add(Catalogue::Catalogue::generic(source.domain));
        }
    }
    auto writer = Evidence::SnapshotWriter::begin(settings.storeFolder, settings.organisationId, u"import"_s);
    if (!writer) {
        return std::unexpected(writer.error());
    }
    qint64 entities = 0, bytesRead = 0;
    int complete = 0;
    std::optional<Error> firstError;
    for (const Catalogue::DomainRules &rules : catalogue.domains()) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, u"Cancelled; nothing was written."_s);
        }
        Evidence::LedgerRow row;
        row.domain = rules.name;
        row.catalogueHash = QString::fromLatin1(rules.hash());
        row.state = Evidence::LedgerState::Carried;
        const auto source = byDomain.constFind(rules.name);
        if (source == byDomain.constEnd()) {
            row.reason = NotAskedReason;
        } else {
            bytesRead += source->size;
            auto data = readDomain(*source, rules, redactor, observed);
            if (data) {
                const auto written = writeDomain(*writer, settings.storeFolder, rules, std::move(*data));
                if (!written) {
                    return std::unexpected(written.error());
                }
                entities += written->entities;
                ++complete;
                continue;
            }
            Error error = data.error();
            error.where = error.where.isEmpty() ? source->path : QString(source->path + u':' + error.where);
            firstError = firstError ? firstError : error;
            row.reason = reasonOf(data.error());
        }
        const auto carried = writer->carryDomain(row);
        if (!carried) {
            return std::unexpected(carried.error());
        }
    }
    if (complete == 0 && firstError) {
        return Error::make(ErrorCode::BadInput, u"Nothing in this folder can be read; the first trouble: "_s + firstError->detail,
                           firstError->where);
    }
    Evidence::Manifest manifest;
    manifest.organisationId = settings.organisationId;
    manifest.organisationName = settings.organisationName.simplified().left(200);
    manifest.source = u"import"_s;
    manifest.toolVersion = QStringLiteral(ORGTRACE_VERSION);
    manifest.startedUtc = manifest.finishedUtc = observed;
    manifest.fingerprintKeyId = redactor.fingerprinter().keyId();
    const QString seed = settings.organisationId + u"/import/"_s + isoUtc(observed) + u'/' + isoUtc(nowUtc);
    manifest.captureId = QUuid::createUuidV5(QUuid(u"6f0a2a52-3d0e-4c55-9a57-0f6e2f8f4a11"_s), seed).toString(QUuid::WithoutBraces);
    const QString message = u"Import for %1: %2 of %3 files, %4 entities"_s
                                .arg(manifest.organisationName.isEmpty() ? settings.organisationId : manifest.organisationName)
                                .arg(complete)
                                .arg(found->size())
                                .arg(entities);
    const auto summary = writer->commit(manifest, catalogue.toJson(), message, signer);
    if (!summary) {
        return std::unexpected(summary.error());
    }
    const auto store = Evidence::Store::open(settings.storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const auto snapshot = store->snapshot(summary->id);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    Outcome outcome;
    outcome.snapshot = *summary;
    outcome.manifest = snapshot->manifest();
    outcome.bytes = bytesRead;
    return outcome;
}

} // namespace Orgtrace::Capture
