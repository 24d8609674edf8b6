// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/recording.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/support/format.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace swb::ui {
namespace {

constexpr int kCheckpointMs = 1000;

/// What an export has of the bytes that were moved; only packets have any.
QString payloadText(trace::ExportFormat format, const trace::ExportResult& result)
{
    if (format != trace::ExportFormat::Pcapng)
        return {};
    if (result.payloadBytes == 0 && result.bytesNotKept > 0)
        return Recording::tr(" It has no payload, as none was kept: of %1 bytes only the number is "
                             "in it. Edit > Preferences says how much is kept of what comes.")
            .arg(groupedNumber(result.bytesNotKept));
    QString text = Recording::tr(" %1 packets have %2 bytes of payload.")
                       .arg(groupedNumber(result.packets), groupedNumber(result.payloadBytes));
    if (result.bytesNotKept > 0)
        text += Recording::tr(" Of %1 more only the number is in it: their content was not kept.")
                    .arg(groupedNumber(result.bytesNotKept));
    return text;
}

} // namespace

Recording::Recording(EngineBridge& bridge, QString folder, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_folder(std::move(folder))
    , m_work(bridge.waker())
{
    connect(&bridge, &EngineBridge::frame, this, &Recording::take);
    m_checkpoint.setInterval(kCheckpointMs);
    connect(&m_checkpoint, &QTimer::timeout, this, &Recording::keepSafe);
    if (!m_folder.isEmpty())
        m_checkpoint.start();
}

Recording::~Recording() = default;

void Recording::keepSafe()
{
    const trace::TraceTotals& totals = m_bridge.store().totals();
    const std::uint64_t now = totals.operations + totals.completed + totals.failed + totals.aborted
        + m_bridge.store().health().totals().samples;
    if (now == m_checked)
        return;
    m_checked = now;
    m_bridge.checkpoint();
}

std::uint64_t Recording::unsaved() const
{
    return m_bridge.store().totals().operations - m_saved;
}

void Recording::setKeptPayload(int bytes)
{
    m_bridge.payload().setBytesPerOperation(static_cast<std::size_t>(std::max(bytes, 0)));
}

int Recording::keptPayload() const
{
    return static_cast<int>(m_bridge.store().payload().bytesPerOperation());
}

void Recording::start(const QString& doing, Work work)
{
    if (m_work.isRunning()) {
        emit failed(tr("Another file is still being written; wait for it, or cancel it."));
        return;
    }
    m_doing = doing;
    m_work.start([work = std::move(work)](trace::QueryControl& control) -> std::optional<Answer> {
        try {
            return work([&control](std::uint64_t done, std::uint64_t total) {
                control.setPermille(total == 0 ? 0 : static_cast<int>(done * 1000 / total));
                return !control.isStopped();
            });
        } catch (const std::exception& error) {
            return Answer{false, QString::fromUtf8(error.what())};
        }
    });
    emit busyChanged(true);
}

void Recording::take()
{
    const auto answer = m_work.take();
    if (!answer)
        return;
    m_saved = std::max(m_saved, answer->saved);
    emit busyChanged(false);
    if (answer->ok)
        emit written(answer->text);
    else
        emit failed(answer->text);
    if (!answer->recovered.isEmpty())
        emit recovered(answer->recovered);
}

void Recording::cancel()
{
    if (!m_work.isRunning())
        return;
    m_work.cancel();
    emit busyChanged(false);
    emit failed(tr("Cancelled; nothing was written."));
}

/// What is saved or exported: the file, or the session with all that was recorded up to now.
const trace::TraceStore& Recording::prepare(const Store& opened)
{
    if (opened)
        return *opened;
    m_bridge.flush();
    return m_bridge.store();
}

void Recording::save(const QString& path, const Store& opened)
{
    const trace::TraceStore& store = prepare(opened);
    const std::uint64_t lost = opened ? 0 : m_bridge.lostBeforeStore();
    const std::uint64_t rows = store.rowCount();
    const std::uint64_t operations = opened ? 0 : store.totals().operations;
    start(tr("Saving %1").arg(path),
        [opened, &store, path, lost, rows, operations](const trace::Progress& progress) {
            trace::saveTrace(store, path.toStdString(), {{}, lost, progress});
            return Answer{true,
                tr("Saved %1 operations as %2. swb trace info and swb trace convert read it.")
                    .arg(groupedNumber(rows), path),
                {}, operations};
        });
}

std::optional<trace::ExportFormat> Recording::formatOf(const QString& path)
{
    const QString ending = QFileInfo(path).suffix().toLower();
    return trace::exportFormatFromString(
        (ending == QLatin1String("json") ? QStringLiteral("perfetto") : ending).toStdString());
}

void Recording::exportTo(const QString& path, const Store& opened)
{
    const auto format = formatOf(path);
    if (!format) {
        emit failed(tr("%1 has no ending that says what to write. Choose .csv, .jsonl, .json (for "
                       "ui.perfetto.dev) or .pcapng.")
                        .arg(path));
        return;
    }
    start(tr("Exporting %1").arg(path),
        [opened, &store = prepare(opened), path, format = *format](
            const trace::Progress& progress) {
            const auto result
                = trace::exportTraceToFile(store, format, path.toStdString(), {{}, progress});
            return Answer{true,
                tr("Exported %1 operations as %2.").arg(groupedNumber(result.operations), path)
                    + payloadText(format, result)};
        });
}

std::vector<trace::UnfinishedTrace> Recording::unfinished() const
{
    return m_folder.isEmpty() ? std::vector<trace::UnfinishedTrace>{}
                              : trace::findUnfinishedTraces(m_folder.toStdString());
}

void Recording::recover(const trace::UnfinishedTrace& unfinished, const QString& path)
{
    start(tr("Recovering %1").arg(path),
        [part = unfinished.path, path](const trace::Progress& progress) {
            trace::OpenedTrace opened = trace::openTrace(part, {progress});
            const std::uint64_t rows = opened.store->rowCount();
            trace::saveTrace(*opened.store, path.toStdString(), {{}, 0, progress});
            opened.store.reset(); // whoever reads it keeps it from being deleted
            trace::removeUnfinishedTrace(part);
            return Answer{true,
                tr("Recovered %1 operations as %2. %3")
                    .arg(groupedNumber(rows), path,
                        QString::fromStdString(opened.condition.message())),
                path};
        });
}

} // namespace swb::ui
