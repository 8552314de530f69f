#include "orgtrace/twinstore.h"

#include "evidence/store.h"
#include "operations/workspace.h"

#include <QDir>
#include <QFile>
#include <QUuid>

namespace Orgtrace::App {

using namespace Qt::StringLiterals;

namespace {

constexpr int MostOfADomain = 60;

/// Every id becomes another one, the same wherever it stands.
QByteArray withOtherIds(const QByteArray &text)
{
    constexpr qsizetype Length = 36;
    QByteArray out;
    out.reserve(text.size());
    for (qsizetype at = 0; at < text.size();) {
        const QByteArray here = text.sliced(at, std::min(Length, text.size() - at));
        const QUuid id = here.size() == Length && here.at(8) == '-' ? QUuid::fromString(QLatin1StringView(here)) : QUuid();
        if (id.isNull()) {
            out += text.at(at++);
        } else {
            out += QUuid::createUuidV5(QUuid(), here).toByteArray(QUuid::WithoutBraces);
            at += Length;
        }
    }
    return out;
}

/// The number behind a member's name, where the text has one, becomes another.
void setNumber(QByteArray &text, QByteArrayView member, const QByteArray &number)
{
    const QByteArray key = '"' + member.toByteArray() + "\": ";
    qsizetype from = text.indexOf(key);
    if (from < 0) {
        return;
    }
    from += key.size();
    qsizetype to = from;
    while (to < text.size() && text.at(to) >= '0' && text.at(to) <= '9') {
        ++to;
    }
    text.replace(from, to - from, number);
}

QByteArray inTest(QByteArray text, int place)
{
    text = withOtherIds(text);
    text.replace("Northwind EMEA", "Northwind EMEA Test");
    if (place % 3 == 1) {
        setNumber(text, "timeoutMs", "15000");
        setNumber(text, "alertingTimeoutSeconds", "20");
    }
    if (place % 4 == 2) {
        text.replace("\"description\": \"", "\"description\": \"Test: ");
    }
    return text;
}

Result<void> writeExport(const Evidence::Snapshot &snapshot, const QString &folder, bool isTest)
{
    if (!QDir().mkpath(folder)) {
        return Error::make(ErrorCode::Io, u"no folder for an export can be made"_s, folder);
    }
    for (const QString &domain :
         {u"organization"_s, u"divisions"_s, u"groups"_s, u"roles"_s, u"queues"_s, u"skills"_s, u"flows"_s, u"users"_s}) {
        QList<QByteArray> entities;
        bool isObject = false;
        int place = 0;
        const Result<void> read = snapshot.forEachEntity(domain, [&](const QString &id, std::string_view text) {
            isObject = id.isEmpty();
            const QByteArray bytes(text.data(), static_cast<qsizetype>(text.size()));
            const bool isOnlyHere = !isObject && place % 13 == (isTest ? 5 : 9); // some are missing on either side
            if (!isOnlyHere) {
                entities.append(isTest ? inTest(bytes, place) : bytes);
            }
            return ++place < MostOfADomain;
        });
        if (!read) {
            return read;
        }
        QFile file(QDir(folder).filePath(domain + u".json"_s));
        const QByteArray all = isObject ? entities.value(0) : '[' + entities.join(",\n") + ']';
        if (!entities.isEmpty() && (!file.open(QIODevice::WriteOnly) || file.write(all) != all.size())) {
            return Error::make(ErrorCode::Io, file.errorString(), file.fileName());
        }
    }
    return {};
}

} // namespace

QCoro::Task<Result<void>> TwinStore::make(QString demoStore, QString snapshot)
{
    const Result<Evidence::Store> demo = Evidence::Store::open(demoStore);
    const Result<Evidence::Snapshot> source = demo ? demo->snapshot(snapshot) : std::unexpected(demo.error());
    if (!source) {
        co_return std::unexpected(source.error());
    }
    auto making = Operations::Workspace::init(folder(), {}, *m_credentials);
    if (const Result<void> made = co_await making; !made) {
        co_return made;
    }
    Result<std::unique_ptr<Operations::Workspace>> workspace = Operations::Workspace::open(folder(), m_clock, *m_credentials);
    if (!workspace) {
        co_return std::unexpected(workspace.error());
    }
    for (const bool isTest : {true, false}) {
        Evidence::OrganisationSettings organisation;
        organisation.name = isTest ? u"northwind-test"_s : u"northwind"_s;
        organisation.region = u"eu-central-1"_s;
        const QByteArray id = source->manifest().organisationId.toLatin1();
        organisation.organisationId = QString::fromLatin1(isTest ? withOtherIds(id) : id);
        if (const Result<void> saved = Evidence::saveOrganisation(folder(), organisation); !saved) {
            co_return saved;
        }
        const QString files = m_folder.filePath(organisation.name);
        if (const Result<void> written = writeExport(*source, files, isTest); !written) {
            co_return written;
        }
        auto importing = (*workspace)->importFolder(files, organisation.name, source->summary().observedUtc, {});
        if (const Result<Capture::Outcome> outcome = co_await importing; !outcome) {
            co_return std::unexpected(outcome.error());
        }
    }
    co_return Result<void>();
}

} // namespace Orgtrace::App
