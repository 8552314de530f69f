#pragma once

#include "base/digest.h"
#include "evidence/store.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace Orgtrace::Evidence {

/// One entity as a test writes it.
struct TestEntity {
    QString id;
    QByteArray text;
    QByteArray signal;
};
using TestDomain = QList<TestEntity>;
using TestSnapshot = std::map<QString, TestDomain>;

[[nodiscard]] inline QDateTime testTime(int hours = 0)
{
    return QDateTime(QDate(2026, 10, 1), QTime(6, 0), QTimeZone::UTC).addSecs(3600 * hours);
}

[[nodiscard]] inline Signer testSigner(char seed = 's')
{
    return *Signer::fromSeed(std::string(32, seed));
}

[[nodiscard]] inline Manifest testManifest(const QDateTime &finished = testTime())
{
    Manifest manifest;
    manifest.captureId = QStringLiteral("capture-1");
    manifest.organisationName = QStringLiteral("Acme");
    manifest.region = QStringLiteral("mypurecloud.ie");
    manifest.source = QStringLiteral("capture");
    manifest.toolVersion = QStringLiteral("test");
    manifest.startedUtc = finished.addSecs(-60);
    manifest.finishedUtc = finished;
    return manifest;
}

[[nodiscard]] inline LedgerRow testRow(const QString &domain, LedgerState state = LedgerState::Complete)
{
    LedgerRow row;
    row.domain = domain;
    row.state = state;
    row.catalogueHash = QStringLiteral("c0ffee");
    row.firstRequestUtc = testTime();
    row.lastResponseUtc = testTime();
    return row;
}

[[nodiscard]] inline Result<void> addTestEntity(SnapshotWriter &writer, const TestEntity &entity)
{
    return writer.addEntity(entity.id, entity.text, gitBlobId(view(entity.text)), sha256(view(entity.text)), entity.signal);
}

/// A store in a folder that goes away with it.
class StoreFixture
{
public:
    StoreFixture() : m_signer(testSigner())
    {
        const auto made = Store::init(folder(), {QStringLiteral("writer-1"), m_signer.publicKeyLine(), {}, QStringLiteral("store-1")});
        if (!made)
            qFatal("%s", qPrintable(made.error().detail));
    }
    [[nodiscard]] QString folder() const { return m_directory.filePath(QStringLiteral("store")); }
    [[nodiscard]] QString git() const { return folder() + QStringLiteral("/evidence.git"); }
    [[nodiscard]] const Signer &signer() const { return m_signer; }

    Result<SnapshotSummary> write(const TestSnapshot &content, int hours = 0, bool fanOut = false,
                                  const QString &organisation = QStringLiteral("org-1"), const Signer *signer = nullptr,
                                  const QByteArray &identityGrants = {}, const QByteArray &catalogue = "[]\n") const
    {
        auto writer = SnapshotWriter::begin(folder(), organisation);
        if (!writer)
            return std::unexpected(writer.error());
        for (const auto &[domain, entities] : content) {
            auto done = writer->beginDomain(domain, fanOut);
            for (const TestEntity &entity : entities) {
                if (done)
                    done = addTestEntity(*writer, entity);
            }
            if (done)
                done = writer->endDomain(testRow(domain));
            if (!done)
                return std::unexpected(done.error());
        }
        Manifest manifest = testManifest(testTime(hours));
        manifest.identityGrants = identityGrants;
        return writer->commit(manifest, catalogue, QStringLiteral("Snapshot %1").arg(hours), signer ? *signer : m_signer);
    }

    struct Output {
        int status = -1;
        QString out, err;
    };
    [[nodiscard]] Output runGit(const QStringList &arguments) const
    {
        QProcess process;
        process.start(QStringLiteral("git"),
                      QStringList{QStringLiteral("-C"), git(), QStringLiteral("-c"), QStringLiteral("safe.directory=*")} + arguments);
        process.waitForFinished(60000);
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardOutput()),
                QString::fromUtf8(process.readAllStandardError())};
    }
    /// "" where git finds nothing to complain about.
    [[nodiscard]] QString fsck() const
    {
        const Output output
            = runGit({QStringLiteral("fsck"), QStringLiteral("--full"), QStringLiteral("--strict"), QStringLiteral("--no-progress")});
        return output.status == 0 && output.out.isEmpty() && output.err.isEmpty()
            ? QString()
            : output.out + output.err + QStringLiteral(" status %1").arg(output.status);
    }

private:
    QTemporaryDir m_directory;
    Signer m_signer;
};

[[nodiscard]] inline QString describe(const Error &error)
{
    return errorCodeName(error.code) + QStringLiteral(": ") + error.detail + QStringLiteral(" @ ") + error.where;
}
/// Evaluates its expression once.
#define VERIFY_RESULT(expression)                                                                                                          \
    do {                                                                                                                                   \
        const auto &outcome_ = (expression);                                                                                               \
        QVERIFY2(outcome_.has_value(), qPrintable(outcome_ ? QString() : describe(outcome_.error())));                                     \
    } while (false)

} // namespace Orgtrace::Evidence
