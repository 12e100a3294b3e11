"""The Spark engine: the same run on a cluster; of pyspark's imports all are here, made when it is called."""
