// The main window's dealings with files: choosing a store, writing the report. The rest is in mainwindow.cpp.
#include "mainwindow/mainwindow.h"

#include "mainwindow/messagebar.h"
#include "mainwindow/welcome.h"
#include "session/session.h"

#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QStandardPaths>
#include <QUrl>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

void MainWindow::chooseStore()
{
    auto *dialog
        = new QFileDialog(this, tr("Open a store"), m_session.isOpen() ? QFileInfo(m_session.folder()).absolutePath() : QDir::homePath());
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::storeChosen, Qt::QueuedConnection);
    dialog->open(); // no nested event loop
}

QString MainWindow::reportName() const
{
    QString organisation = m_session.organisation().name;
    for (QChar &c : organisation) {
        if (!c.isLetterOrNumber()) {
            c = u'-'; // safe on every file system
        }
    }
    while (organisation.contains(u"--"_s)) {
        organisation.replace(u"--"_s, u"-"_s);
    }
    const auto stamp = [this](const QString &id) {
        const Evidence::SnapshotSummary *snapshot = m_session.snapshot(id);
        return snapshot ? QLocale::c().toString(snapshot->observedUtc.toUTC(), u"yyyy-MM-dd'T'HHmm"_s) : QString();
    };
    return u"Orgtrace %1 %2 to %3.html"_s.arg(organisation.first(std::min<qsizetype>(organisation.size(), 60)), stamp(m_session.idA()),
                                              stamp(m_session.idB()));
}

void MainWindow::exportReport(bool askWhere)
{
    if (!m_session.findings()) {
        m_messages->showMessage(MessageBar::Kind::Note,
                                m_session.isComputing() ? tr("The range is still being compared; the report can be written in a moment.")
                                                        : tr("There is no range to report on yet. Choose A and B on the timeline."));
        return;
    }
    const auto write = [this](const QString &file) {
        m_reportFolder = QFileInfo(file).absolutePath();
        m_session.exportReport(file);
    };
    if (!askWhere && !m_reportFolder.isEmpty()) {
        write(QDir(m_reportFolder).filePath(reportName()));
        return;
    }
    const QString start = m_reportFolder.isEmpty() ? QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation) : m_reportFolder;
    auto *dialog = new QFileDialog(this, tr("Write the report"), start, tr("HTML report (*.html)"));
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"html"_s);
    dialog->selectFile(reportName());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QFileDialog::fileSelected, this, write);
    dialog->open();
}

void MainWindow::offerReport(const QString &file)
{
    m_messages->showMessage(MessageBar::Kind::Note,
                            tr("Report written to %1. Personal data in it is masked.").arg(QDir::toNativeSeparators(file)), tr("Open"),
                            [file] { QDesktopServices::openUrl(QUrl::fromLocalFile(file)); });
}

} // namespace Orgtrace::Ui
