#include "orgcompare/matchingfile.h"

#include "base/digest.h"
#include "evidence/filelayer.h"
#include "evidence/store.h"
#include "json/node.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <atomic>
#include <set>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Compare::Correction;

namespace {

constexpr qsizetype LargestMatching = qsizetype{1024} * 1024; // as readCorrections() bounds it

QString matchingFolder(const QString &storeFolder)
{
    return QDir(storeFolder).filePath(u"matching"_s);
}

QString fileNameOf(const QString &organisation)
{
    QString name = QString::fromLatin1(Evidence::entityFileName(organisation));
    if (name.contains("--"_L1) || name.startsWith(u'-') || name.endsWith(u'-')) {
        name.replace(u'-', u"%2D"_s);
    }
    return name;
}

bool speaksOf(const Correction &correction, const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right)
{
    return correction.domain == domain && ((left && correction.left == left) || (right && correction.right == right));
}

Result<QList<Correction>> readMatching(const QString &path)
{
    const auto refused = [&path](ErrorCode code, const QString &why, const QString &where = {}) {
        return Error::make(code, why, where.isEmpty() ? path : QString(path + u' ' + where));
    };
    const QFileInfo info(path);
    if (info.isSymLink() || QFileInfo(info.path()).isSymLink()) {
        return refused(ErrorCode::BadInput, u"a link is not followed: put the file itself there, or take the link away"_s);
    }
    if (!info.isFile()) {
        return refused(ErrorCode::BadInput, u"it is no file: take it away"_s);
    }
    const Result<QByteArray> bytes = Evidence::readWhole(path, LargestMatching);
    if (!bytes) {
        return refused(bytes.error().code, bytes.error().detail);
    }
    Result<QList<Correction>> read = Compare::readCorrections(*bytes);
    if (!read) {
        return refused(read.error().code, read.error().detail + u": correct the file, or take it away to begin anew"_s, read.error().where);
    }
    std::set<std::tuple<QString, bool, QString>> named;
    for (qsizetype i = 0; i < read->size(); ++i) {
        const Correction &one = read->at(i);
        const auto isTwice
            = [&](bool isLeft, const std::optional<QString> &id) { return id && !named.emplace(one.domain, isLeft, *id).second; };
        if (isTwice(true, one.left) || isTwice(false, one.right)) {
            return refused(ErrorCode::BadInput, u"it says two things of one entity: leave one of them"_s, u"/match/%1"_s.arg(i));
        }
    }
    return read;
}

} // namespace

QString matchingFilePath(const QString &storeFolder, const QString &leftOrganisation, const QString &rightOrganisation)
{
    return QDir(matchingFolder(storeFolder)).filePath(fileNameOf(leftOrganisation) + u"--" + fileNameOf(rightOrganisation) + u".json");
}

Result<KeptCorrections> loadCorrections(const QString &storeFolder, const QString &leftOrganisation, const QString &rightOrganisation)
{
    const auto isThere = [](const QString &path) {
        const QFileInfo info(path);
        return info.exists() || info.isSymLink();
    };
    if (const QString own = matchingFilePath(storeFolder, leftOrganisation, rightOrganisation); isThere(own)) {
        Result<QList<Correction>> read = readMatching(own);
        if (!read) {
            return std::unexpected(read.error());
        }
        return KeptCorrections{std::move(*read), false};
    }
    const QString other = matchingFilePath(storeFolder, rightOrganisation, leftOrganisation);
    if (!isThere(other)) {
        return KeptCorrections{};
    }
    Result<QList<Correction>> read = readMatching(other);
    if (!read) {
        return std::unexpected(read.error());
    }
    for (Correction &one : *read) {
        std::swap(one.left, one.right);
    }
    const bool isTurned = !read->isEmpty();
    return KeptCorrections{std::move(*read), isTurned};
}

Result<void> saveCorrections(const QString &storeFolder, const QString &leftOrganisation, const QString &rightOrganisation,
                             const QList<Correction> &corrections)
{
    const auto node = [](const std::optional<QString> &id) { return id ? Json::Node(*id) : Json::Node(); };
    Json::Node::Array rows;
    for (const Correction &one : corrections) {
        Json::Node row;
        row["domain"] = Json::Node(one.domain);
        row["left"] = node(one.left);
        row["right"] = node(one.right);
        rows.push_back(std::move(row));
    }
    Json::Node root;
    root["version"] = Json::Node(1);
    root["match"] = Json::Node(std::move(rows));
    const QByteArray text = root.canonicalText();
    const QString path = matchingFilePath(storeFolder, leftOrganisation, rightOrganisation);
    if (text.size() > LargestMatching) {
        return Error::make(ErrorCode::TooLarge, u"so many corrections would not be read again"_s, path);
    }
    const QString folder = matchingFolder(storeFolder);
    if (QFileInfo(folder).isSymLink()) {
        return Error::make(ErrorCode::BadInput, u"a link is not followed: take it away"_s, folder);
    }
    if (!QDir().mkpath(folder)) {
        return Error::make(ErrorCode::Io, u"the folder cannot be made"_s, folder);
    }
    // A name of its own for each writing: what a killed one left behind is in nobody's way.
    static std::atomic<int> written = 0;
    return Evidence::writeWhole(path, view(text), u".%1-%2.tmp"_s.arg(QCoreApplication::applicationPid()).arg(++written));
}

QList<Correction> forgotten(QList<Correction> corrections, const QString &domain, const std::optional<QString> &left,
                            const std::optional<QString> &right)
{
    corrections.removeIf([&](const Correction &one) { return speaksOf(one, domain, left, right); });
    return corrections;
}

QList<Correction> paired(QList<Correction> corrections, const QString &domain, const QString &left, const QString &right)
{
    corrections = forgotten(std::move(corrections), domain, left, right);
    corrections.append({domain, left, right});
    return corrections;
}

QList<Correction> parted(QList<Correction> corrections, const QString &domain, const std::optional<QString> &left,
                         const std::optional<QString> &right)
{
    corrections = forgotten(std::move(corrections), domain, left, right);
    if (left) {
        corrections.append({domain, left, {}});
    }
    if (right) {
        corrections.append({domain, {}, right});
    }
    return corrections;
}

bool isCorrected(const QList<Correction> &corrections, const QString &domain, const std::optional<QString> &left,
                 const std::optional<QString> &right)
{
    return std::ranges::any_of(corrections, [&](const Correction &one) { return speaksOf(one, domain, left, right); });
}

} // namespace Orgtrace::Ui
