#include "compare/comparefiles.h"

#include "compare/comparer.h"
#include "compare/formats.h"

#include <QFileInfo>

#include <thread>

namespace Orgtrace::Compare {

namespace {

constexpr Json::Limits FileLimits{.maxBytes = 1024LL * 1024 * 1024, .maxDepth = 128, .refuseDuplicateKeys = true};

constexpr qsizetype MostValues = 50'000'000; // values and names of one file: a list of 200,000 users has as many

Result<Json::Document> readDocument(const QString &path)
{
    // Its size is bounded, so that it must have one: no device, no pipe.
    if (!QFileInfo(path).isFile())
        return Error::make(ErrorCode::BadInput, path + QStringLiteral(" is no regular file"), path);
    Result<Json::Document> document = Json::parseFile(path, FileLimits);
    if (!document && document.error().code == ErrorCode::MalformedJson)
        return Error::make(ErrorCode::MalformedJson, path + QStringLiteral(" is not usable JSON: ") + document.error().detail,
                           document.error().where);
    if (!document && document.error().code == ErrorCode::TooLarge)
        return Error::make(ErrorCode::TooLarge, path + QStringLiteral(": ") + document.error().detail, path);
    if (document && document->root().weight() > MostValues)
        return Error::make(ErrorCode::TooLarge,
                           path + QStringLiteral(": %1 values; at most %2 are compared").arg(document->root().weight()).arg(MostValues),
                           path);
    return document;
}

} // namespace

Result<FileComparison> compareFiles(const QString &fileA, const QString &fileB, const Options &options)
{
    FileComparison out;
    {
        Result<Json::Document> b = Json::Document();
        std::thread other([&b, &fileB] { b = readDocument(fileB); });
        Result<Json::Document> a = readDocument(fileA);
        other.join();
        if (!a || !b)
            return std::unexpected(a ? b.error() : a.error());
        out.a = std::move(*a);
        out.b = std::move(*b);
    }
    Options wide = options;
    wide.parallel = true;
    out.difference = Comparer(fileRules(), wide).compare(out.a.root(), out.b.root());
    return out;
}

std::map<QString, qint64> suppressedCounts(const ValueDifference &difference)
{
    std::map<QString, qint64> out;
    for (const auto &[reason, count] : {std::pair(Reason::Type, difference.typeOnly), std::pair(Reason::Labels, difference.labels),
                                        std::pair(Reason::Order, difference.reordered)}) {
        if (count > 0)
            out.emplace(reasonName(reason), count);
    }
    return out;
}

} // namespace Orgtrace::Compare
