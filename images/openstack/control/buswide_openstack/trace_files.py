"""A driver of OSProfiler that keeps spans in files: `connection_string = files://`."""

from osprofiler.drivers import base

from buswide_openstack import traces


class Files(base.Driver):
    """Adds each start and end of a span to its trace's file."""

    @classmethod
    def get_name(cls) -> str:
        """The scheme of its connection string."""
        return "files"

    def notify(self, info: traces.Info, **kwargs: object) -> None:
        """Takes one start or end of a span."""
        traces.append(traces.FOLDER, {**info, "project": self.project, "service": self.service})
