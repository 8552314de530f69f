#include "report/report.h"

#include "base/digest.h"
#include "report/content.h"

#include <KTextTemplate/Context>
#include <KTextTemplate/Engine>
#include <KTextTemplate/SafeString>
#include <KTextTemplate/Template>

#include <QFile>

namespace Orgtrace::Report {

namespace {

Result<QString> resource(const QString &name)
{
    QFile file(QStringLiteral(":/orgtrace/templates/") + name);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::Internal, QStringLiteral("the report's template is missing from the program"), name);
    }
    return QString::fromUtf8(file.readAll());
}

KTextTemplate::SafeString trusted(const QString &own)
{
    return {own, KTextTemplate::SafeString::IsSafe};
}

} // namespace

Result<QByteArray> renderHtml(const Input &input)
{
    const Result<QString> page = resource(QStringLiteral("report.html"));
    if (!page) {
        return std::unexpected(page.error());
    }
    const Result<QString> style = resource(QStringLiteral("report.css"));
    if (!style) {
        return std::unexpected(style.error());
    }

    KTextTemplate::Engine engine;
    engine.setSmartTrimEnabled(true);
    const KTextTemplate::Template document = engine.newTemplate(*page, QStringLiteral("report.html"));
    if (document->error() != KTextTemplate::NoError) {
        return Error::make(ErrorCode::Internal, QStringLiteral("the report's template does not load: ") + document->errorString(),
                           QStringLiteral("report.html"));
    }

    KTextTemplate::Context context(reportContent(input));
    // The style sheet is ours; its hash is the only thing the policy of the page lets in.
    const QByteArray styleBytes = style->toUtf8();
    context.insert(QStringLiteral("style"), QVariant::fromValue(trusted(*style)));
    context.insert(QStringLiteral("styleHash"), QString::fromLatin1(sha256(view(styleBytes)).toBase64()));
    const QString html = document->render(&context);
    if (document->error() != KTextTemplate::NoError) {
        return Error::make(ErrorCode::Internal, QStringLiteral("the report could not be put together: ") + document->errorString(),
                           QStringLiteral("report.html"));
    }
    return html.toUtf8();
}

} // namespace Orgtrace::Report
